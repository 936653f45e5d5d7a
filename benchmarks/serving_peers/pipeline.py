"""Run by a peer's own Python: the same trees in a scikit-learn pipeline, and rows as it takes them.

`python pipeline.py training.parquet pipeline.joblib` fits it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Scorer:
    """The pipeline that PIPELINE names."""

    def __init__(self) -> None:
        import joblib

        self._pipeline = joblib.load(os.environ["PIPELINE"])

    def score(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the class of each row and its probabilities."""
        import pandas as pd

        probabilities = self._pipeline.predict_proba(pd.DataFrame(list(rows)))
        return [{"prediction": int(row[1] > 0.5), "probabilities": row.tolist()} for row in probabilities]


def main() -> None:
    import joblib
    import pandas as pd
    from lightgbm import LGBMClassifier
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    source, target = (Path(argument) for argument in sys.argv[1:])
    rows = pd.read_parquet(source)
    label = rows.pop("label")
    texts = [name for name in rows.columns if name.startswith("c")]
    numbers = [name for name in rows.columns if name.startswith("n")]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    coded = ColumnTransformer([("texts", encoder, texts), ("numbers", "passthrough", numbers)])
    trees = LGBMClassifier(
        n_estimators=100, learning_rate=0.3, num_leaves=64, max_depth=6, verbosity=-1, n_jobs=1, random_state=1
    )
    joblib.dump(make_pipeline(coded, trees).fit(rows, label), target)


if __name__ == "__main__":
    main()
