"""AutoML beside its peers: any folder of sets, the same split, budget and cores for each, one judge.

    python -m benchmarks automl [--sets FOLDER] [--only NAME …] [--peers penstock,autogluon,…] [--budget 60] [--seed 0]

Each peer learns in a process and an environment of its own, one after the other; `NAME:VARIANT` runs a variant of it
(autogluon:high_quality, flaml:ensemble). What each foretells of the rows that judge is scored here. Everything is kept
in the folder that `--cache` names, and the results in `results.json` there (or `--out FILE`). `--keep
autogluon,flaml` takes from that file what these did before on the same split with the same budget, seed and cores.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.automl_peer import NAMES, Outcome, Terms, environment, naive, over, try_peer
from benchmarks.automl_score import METRICS, gaps, ranks, shared_ranks
from benchmarks.automl_set import HERE, DataSet, Parted, find_sets, part


def main(arguments: Sequence[str]) -> int:
    asked = _arguments(arguments)
    terms = Terms(asked.budget, asked.seed, asked.cores)
    if hasattr(os, "sched_setaffinity"):
        # Inherited by every process that is started from here.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.cores])
    sets = _chosen(find_sets(asked.sets), asked.only)
    out = asked.out or asked.cache / "results.json"
    trials = _kept(out) if asked.keep else {}
    pythons = dict(_environments(asked.peers.split(","), asked.cache, here=asked.here))
    tables: dict[str, list[Outcome]] = {}
    for data in sets:
        try:
            parted = part(data, asked.cache / "sets" / f"{data.name}-{terms.seed}", terms.seed)
        except ValueError as problem:
            print(f"\n{data.name} is left out: {problem}", flush=True)
            continue
        found = []
        for peer, python in pythons.items():
            key = f"{parted.digest} {peer} {terms.budget} {terms.seed} {terms.cores}"
            if key not in trials or peer not in asked.keep.split(","):
                outcome = try_peer(peer, python, parted, terms, asked.cache / "trials" / data.name / peer)
                trials[key] = {"metric": data.metric, **dataclasses.asdict(terms), **dataclasses.asdict(outcome)}
                _write(out, sets, trials)
            outcome = _outcome(trials[key])
            found.append(outcome)
            print(f"  {data.name}, {peer}: {_words(outcome, data.metric)}", flush=True)
        tables[data.name] = found
        print("\n" + "\n".join(set_lines(parted, found, terms.budget)) + "\n", flush=True)
    metrics = {data.name: data.metric for data in sets}
    print("\n".join(summary_lines(tables, metrics, terms.budget)))
    print(f"\nResults: {out}")
    return 0


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    cache = Path(tempfile.gettempdir()) / "penstock-bench-automl"
    parser = argparse.ArgumentParser(prog="python -m benchmarks automl", description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=Path, default=HERE, help="a folder of NAME.toml (see benchmarks/automl_set.py)")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these sets; all by default")
    parser.add_argument("--peers", default=",".join(NAMES), help=f"{','.join(NAMES)} by default")
    parser.add_argument("--budget", type=int, default=60, help="seconds that each may take to learn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=cache, help="where environments, splits and answers are kept")
    parser.add_argument("--out", type=Path, help="where the results go: a JSON file")
    parser.add_argument("--keep", default="", metavar="PEERS", help="take what these did before from the results")
    parser.add_argument("--here", action="store_true", help="run every peer in this environment: to try, not to claim")
    asked = parser.parse_args(arguments)
    for peer in asked.peers.split(","):
        if peer.partition(":")[0] not in NAMES:
            parser.error(f"there is no peer {peer!r}; there are {', '.join(NAMES)}")
    asked.cache = asked.cache.resolve()
    asked.sets = asked.sets.resolve()
    return asked


def _chosen(sets: list[DataSet], names: Sequence[str]) -> list[DataSet]:
    unknown = sorted(set(names) - {data.name for data in sets})
    if unknown:
        raise SystemExit(f"there is no set {unknown[0]!r}; there are {', '.join(data.name for data in sets)}")
    return [data for data in sets if not names or data.name in names]


def _environments(peers: Sequence[str], cache: Path, *, here: bool) -> Iterator[tuple[str, Path]]:
    for peer in peers:
        try:
            yield peer, environment("penstock" if here else peer, cache)
        except RuntimeError as problem:
            print(f"{peer} is left out: {problem}", flush=True)


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """Return the trials of an earlier run, by what was asked: split, peer, budget, seed and cores."""
    trials: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["trials"] if path.exists() else {}
    return trials


def _outcome(trial: Mapping[str, Any]) -> Outcome:
    return Outcome(**{spec.name: trial[spec.name] for spec in dataclasses.fields(Outcome) if spec.name in trial})


def _write(path: Path, sets: Sequence[DataSet], trials: Mapping[str, dict[str, Any]]) -> None:
    said = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "sets": [dataclasses.asdict(data) for data in sets],
        "trials": trials,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said, indent=1), encoding="utf-8")


def _words(outcome: Outcome, metric: str) -> str:
    if outcome.problem is not None:
        return outcome.problem
    return f"{metric} {outcome.scores[metric]:.5g}, {outcome.fit_seconds:.1f} s; {outcome.said['what']}"


def set_lines(parted: Parted, found: Sequence[Outcome], budget: int) -> list[str]:
    """Return the table of one set."""
    data, metric = parted.data, METRICS[parted.data.metric]
    better = "greater" if metric.greater else "less"
    head = (
        f"{data.name}: {parted.rows[0]:,} rows of {parted.columns} columns to learn from, {parted.rows[1]:,} to judge "
        f"by ({data.split}, {parted.digest}); {data.task}, {data.metric}, {better} is better, "
        f"{naive(parted)[data.metric]:.5g} by the {'mean' if data.task == 'regression' else 'shares'} alone"
    )
    named = {outcome.peer: outcome.scores.get(data.metric) for outcome in found}
    placed, behind = ranks(named, metric.greater), gaps(named, metric.greater)
    others = [name for name, other in METRICS.items() if data.task in other.tasks and name != data.metric]
    shared = shared_ranks(named, {outcome.peer: outcome.drawn for outcome in found}, metric.greater)
    titles = [
        "rank",
        "shared",
        data.metric,
        "behind",
        "seconds",
        "over",
        "1,000 rows",
        "one row",
        "peak",
        "size",
        *others,
    ]
    rows = [["peer", *titles]]
    for outcome in found:
        if outcome.problem is not None:
            places = [f"{each[outcome.peer]:g}" for each in (placed, shared)]
            rows.append([outcome.peer, *places, "–", outcome.problem])
            continue
        said, late = outcome.said, over(outcome, budget)
        rows.append(
            [
                outcome.peer,
                f"{placed[outcome.peer]:g}",
                f"{shared[outcome.peer]:g}",
                f"{outcome.scores[data.metric]:.5g}",
                f"{behind[outcome.peer]:.2%}",
                f"{said['fit_seconds']:.1f}",
                f"{late:.1f} s" if late else "",
                f"{said['thousand_ms']:.0f} ms",
                f"{said['one_row_ms']:.2f} ms",
                f"{outcome.peak_bytes / 1e6:,.0f} MB",
                f"{said['size_bytes'] / 1e6:.2f} MB",
                *(f"{outcome.scores[name]:.4g}" for name in others),
            ]
        )
    return [head, *(f"  {remark}" for remark in parted.remarks), *_aligned(rows)]


def summary_lines(tables: dict[str, list[Outcome]], metrics: dict[str, str], budget: int) -> list[str]:
    """Return the table of all sets: places, how far behind, budgets exceeded, and what serving would cost."""
    peers = list(dict.fromkeys(outcome.peer for found in tables.values() for outcome in found))
    if not peers:
        return ["Nothing was measured."]
    places: dict[str, list[float]] = {peer: [] for peer in peers}
    shared: dict[str, list[float]] = {peer: [] for peer in peers}
    behind: dict[str, list[float]] = {peer: [] for peer in peers}
    for name, found in tables.items():
        greater = METRICS[metrics[name]].greater
        named = {outcome.peer: outcome.scores.get(metrics[name]) for outcome in found}
        for peer, place in ranks(named, greater).items():
            places[peer].append(place)
        drawn = {outcome.peer: outcome.drawn for outcome in found}
        for peer, place in shared_ranks(named, drawn, greater).items():
            shared[peer].append(place)
        for peer, gap in gaps(named, greater).items():
            behind[peer] += [] if gap is None else [gap]
    rows = [
        ["peer", "mean rank", "shared", "first", "behind", "failed", "over", "worst", "1,000 rows", "one row", "size"]
    ]
    for peer in sorted(peers, key=lambda peer: statistics.mean(places[peer])):
        mine = [outcome for found in tables.values() for outcome in found if outcome.peer == peer]
        ended = [outcome.said for outcome in mine if outcome.problem is None]
        late = [over(outcome, budget) for outcome in mine]
        rows.append(
            [
                peer,
                f"{statistics.mean(places[peer]):.2f}",
                f"{statistics.mean(shared[peer]):.2f}",
                str(sum(place < 2 for place in places[peer])),
                f"{statistics.median(behind[peer]):.2%}" if behind[peer] else "–",
                str(len(mine) - len(ended)),
                str(sum(seconds > 0 for seconds in late)),
                f"{max(late):.1f} s",
                *(
                    f"{statistics.median(said[what] for said in ended) / unit:.2f} {name}" if ended else "–"
                    for what, unit, name in (
                        ("thousand_ms", 1, "ms"),
                        ("one_row_ms", 1, "ms"),
                        ("size_bytes", 1e6, "MB"),
                    )
                ),
            ]
        )
    head = (
        f"{len(tables)} sets, {budget} s each; «shared»: with those whom chance alone may part in one place; "
        "«over»: by more than 5 % or 3 s, whichever is more; the rest are medians"
    )
    return [head, *_aligned(rows)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines; a row that is shorter than the first ends in words of any length."""
    full = [row for row in rows if len(row) == len(rows[0])]
    widths = [max(len(row[place]) for row in full) for place in range(len(rows[0]))]
    widths[0] = max(len(row[0]) for row in rows)
    return [
        "  ".join(
            cell.ljust(width) if place == 0 or len(row) < len(widths) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]
