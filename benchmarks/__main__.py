"""`python -m benchmarks [--quick] [NAME …]`: measure the claims and print one line each; 1 when one falls short.

`python -m benchmarks automl …` compares AutoML with its peers, for hours: only when it is asked for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks import (
    automl,
    create_model,
    create_unlabelled,
    experiment_error,
    forecast,
    forecast_windows,
    kill_recovery,
    label_noise,
    plan_200,
    predict_batch,
    predict_http,
    predict_memory,
    score_file,
    serving_batch,
    serving_chaos,
    serving_memory,
    serving_rate,
    statement_overhead,
    text_classification,
    version_time,
)
from benchmarks.measurement import Claim

# Each takes a folder of its own and a scale: 1 for the claim as it is made, less for a try.
BENCHMARKS: Mapping[str, Callable[[Path, float], Iterable[Claim]]] = {
    "version_time": version_time.claims,
    "statement_overhead": statement_overhead.claims,
    "plan_200": plan_200.claims,
    "create_model": create_model.claims,
    "create_unlabelled": create_unlabelled.claims,
    "experiment_error": experiment_error.claims,
    "forecast": forecast.claims,
    "forecast_windows": forecast_windows.claims,
    "text_classification": text_classification.claims,
    "label_noise": label_noise.claims,
    "predict_batch": predict_batch.claims,
    "predict_memory": predict_memory.claims,
    "score_file": score_file.claims,
    "predict_http": predict_http.claims,
    "serving_batch": serving_batch.claims,
    "serving_rate": serving_rate.claims,
    "kill_recovery": kill_recovery.claims,
    "serving_chaos": serving_chaos.claims,
    "serving_memory": serving_memory.claims,
}


def main() -> int:
    if sys.argv[1:2] == ["automl"]:
        return automl.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: to try, not to claim")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    short = 0
    for name in chosen.names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix=f"penstock-bench-{name}-") as folder:
            for claim in BENCHMARKS[name](Path(folder), 0.1 if chosen.quick else 1.0):
                print(f"{name}: {claim}", flush=True)
                short += not claim.ok
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
