"""What a search should try first, learned from evidence: candidates on many sets, and the order that is best together.

    python -m benchmarks.automl_portfolio [--sets FOLDER …] [--rows 3000] [--draws 40] [--cache FOLDER]

Every candidate of the present portfolio and so many drawn ones are fitted on three folds of each set; what the folds
say of each row is kept in the cache. Then the list is made greedily: next comes what makes the ensemble of those that
stand gain most a second. `automl_portfolio.csv` has each candidate's measure and time on each set. `--left-out` tells
what a list is worth on a set that it was not learned on: each set in turn is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.automl_set import HERE, DataSet, find_sets, part
from penstock.core.options import GivenOption
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import LINEAR, NEURAL, PORTFOLIO, Candidate, drawn
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.metric import SearchMetric, metric_of
from penstock.learn.automl.search import Search
from penstock.learn.automl.selection import greedy_weights
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import flatten
from penstock.learn.learner import TrainingData
from penstock.learn.preparation import prepare
from penstock.learn.registry import learner_of
from penstock.learn.schema import Task
from penstock.learn.shared_options import resolve_options
from penstock.learn.tree_graph import Link, TreeOutput

Floats = NDArray[np.float64]
OUT = Path(__file__).parent / "automl_portfolio.csv"
FOLDS, LONGEST = 3, 120.0
NAMES = {"average_precision": "pr_auc"}
# Seconds that every candidate costs beside its own, as if: else the list would begin with what is merely quick.
LEAST_SECONDS = 0.5
# What candidates gain together, by the set and their places.
Known = dict[tuple[str, tuple[int, ...]], float]


@dataclass(frozen=True)
class Evidence:
    """One set: every candidate's raw outputs, (candidates, rows, outputs), NaN where it failed, and its seconds."""

    name: str
    metric: SearchMetric
    link: Link
    target: Floats
    raws: Floats
    seconds: Floats

    def gain(self, raw: Floats) -> float:
        return self.metric.gain(self.target, TreeOutput(self.link).scores(raw))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.automl_portfolio")
    parser.add_argument("--sets", type=Path, nargs="*", default=[HERE])
    parser.add_argument("--rows", type=int, default=3_000, help="the most rows of a set")
    parser.add_argument("--draws", type=int, default=40, help="drawn candidates beside the portfolio")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "penstock-automl-portfolio")
    parser.add_argument("--left-out", action="store_true", help="what a list of the other sets is worth on each set")
    asked = parser.parse_args()
    # A network takes the time that it is given: what it costs is no fact of the set.
    tried = [each for each in PORTFOLIO if each.family != NEURAL]
    tried += (Candidate(f"linear {l2}", LINEAR, {"l2_reg": l2}) for l2 in (0.1, 100.0))
    tried += islice(drawn(20_261), asked.draws)
    found = []
    for data in [data for folder in asked.sets for data in find_sets(folder)]:
        began = time.monotonic()
        found.append(evidence(data, tried, asked.rows, asked.cache))
        print(f"{data.name}: {time.monotonic() - began:.0f} s", flush=True)
    if asked.left_out:
        for name, theirs, own in left_out(found, tried):
            print(f"{name}: {theirs:.4f} by the list of the other sets, {own:.4f} by that of all", flush=True)
        return
    _write(found, tried)
    for place, (candidate, regret) in enumerate(in_order(found, tried), 1):
        print(f"{place:3} {regret:8.4f}  {candidate.name}: {candidate.family} {json.dumps(dict(candidate.values))}")


def evidence(data: DataSet, tried: Sequence[Candidate], most: int, cache: Path) -> Evidence:
    """Return what candidates make of a set, from the cache where they have been tried before."""
    rows, metric, link = _rows_of(data, most, cache)
    kept = cache / f"{data.name}.npz"
    names = [json.dumps([each.family, dict(each.values)]) for each in tried]
    before: dict[str, tuple[Floats, float]] = {}
    if kept.exists():
        held = np.load(kept, allow_pickle=False)
        before = {
            str(name): (held["raws"][place], float(held["seconds"][place])) for place, name in enumerate(held["names"])
        }
    folds = folds_of(rows, "K_FOLD", None)[:FOLDS]
    search = Search(rows, TreeRows(rows, folds), folds, metric, Budget(1e6, 0.0), lambda *_: None, link)
    judged = np.flatnonzero(np.any([fold.judged for fold in folds], axis=0))
    for name, candidate in zip(names, tried, strict=True):
        if name not in before:
            before[name] = _fitted(search, candidate, judged)
    raws = np.stack([before[name][0] for name in names])
    seconds = np.array([before[name][1] for name in names])
    np.savez_compressed(kept, names=np.array(names), raws=raws, seconds=seconds)
    return Evidence(data.name, metric, link, rows.target[judged], raws, seconds)


def _fitted(search: Search, candidate: Candidate, judged: NDArray[np.int64]) -> tuple[Floats, float]:
    began = time.process_time()
    search.tried.clear()
    search.skipped.clear()
    until = search.budget.clock() + LONGEST
    try:
        fold_models = [search.fitting(candidate, until)(number) for number in range(len(search.folds))]
    except Exception as problem:  # noqa: BLE001  a benchmark goes on, and says which one failed
        print(f"  {candidate.name}: {problem}", flush=True)
        return np.full((len(judged), search.rows.outputs), np.nan), np.nan
    raw = np.full((len(search.data.target), search.rows.outputs), np.nan)
    for fold, model in zip(search.folds, fold_models, strict=True):
        raw[fold.judged] = model.raw
    return raw[judged], time.process_time() - began


def _rows_of(data: DataSet, most: int, cache: Path) -> tuple[TrainingData, SearchMetric, Link]:
    parted = part(data, cache / "sets" / data.name, 0)
    table = pq.read_table(parted.train)
    if table.num_rows > most:
        table = table.take(np.sort(np.random.default_rng(0).choice(table.num_rows, most, replace=False)))
    kind = "automl_regressor" if data.task == "regression" else "automl_classifier"
    learner = learner_of(kind)
    given: Mapping[str, Any] = {"model_type": GivenOption(kind), "input_label_cols": GivenOption([data.label])}
    options, _ = resolve_options(given, learner)
    rows = prepare(flatten(table), learner, options, 0, 2).data
    metric = metric_of(rows.task, NAMES.get(data.metric, data.metric), len(rows.classes))
    two = rows.task is Task.CLASSIFICATION and len(rows.classes) <= 2
    link = Link.IDENTITY if rows.task is Task.REGRESSION else Link.LOGISTIC if two else Link.SOFTMAX
    return rows, metric, link


def left_out(found: Sequence[Evidence], tried: Sequence[Candidate]) -> Iterator[tuple[str, float, float]]:
    """Yield for each set what is missing to the ensemble of all candidates, as a share of what that gains over the mean
    or the shares of the classes: after the list that the other sets make, and after that of all sets.
    """
    known: Known = {}
    of_all = [tried.index(candidate) for candidate, _ in in_order(found, tried, known)]
    for one in found:
        others = [other for other in found if other is not one]
        of_others = [tried.index(candidate) for candidate, _ in in_order(others, tried, known)]
        whole, none = _together(one, range(len(tried))), one.gain(_usual(one))
        yield one.name, *((whole - _together(one, places)) / max(whole - none, 1e-12) for places in (of_others, of_all))


def _usual(one: Evidence) -> Floats:
    """Return the raw output of the mean, or of the shares of the classes, in the place of all others."""
    if one.link is Link.IDENTITY:
        return np.full_like(one.raws[0], one.target.mean())
    logs = np.log(np.maximum(np.bincount(one.target.astype(np.int64), minlength=2), 0.5))
    return np.broadcast_to(np.diff(logs) if one.raws.shape[2] == 1 else logs, one.raws[0].shape)


def in_order(
    found: Sequence[Evidence], tried: Sequence[Candidate], known: Known | None = None
) -> Iterator[tuple[Candidate, float]]:
    """Yield the candidates in the order in which they help most a second, with the regret that is left: what is missing
    to the ensemble of all, as a share of what that gains over a constant answer, on the mean of the sets.
    What some of the candidates gain together is kept in `known`.
    """
    known = {} if known is None else known
    whole = [_together(one, range(len(tried))) for one in found]
    none = [one.gain(np.zeros_like(one.raws[0])) for one in found]
    quickest = [float(np.nanmedian(one.seconds)) for one in found]
    standing: list[int] = []
    regret = 1.0
    while len(standing) < len(tried):
        best = (-np.inf, 0, regret)
        for place in sorted(set(range(len(tried))) - set(standing)):
            regrets, costs = [], []
            for one, most, least, usual in zip(found, whole, none, quickest, strict=True):
                key = one.name, (*standing, place)
                if key not in known:
                    known[key] = _together(one, key[1]) if np.isfinite(one.seconds[place]) else np.nan
                gained = known[key]
                missing = (most - gained) / max(most - least, 1e-12)
                regrets.append(min(missing, 1.0) if missing == missing else regret)
                costs.append((one.seconds[place] if np.isfinite(one.seconds[place]) else usual) / usual)
            helped = (regret - float(np.mean(regrets))) / (LEAST_SECONDS + float(np.mean(costs)))
            if helped > best[0]:
                best = (helped, place, float(np.mean(regrets)))
        standing.append(best[1])
        regret = best[2]
        yield tried[best[1]], regret
        if len(standing) >= 16:
            return


def _together(one: Evidence, places: Sequence[int]) -> float:
    """Return what the weighted ensemble of some candidates gains: chosen on one half of the rows, judged on the other,
    both ways.
    """
    able = [place for place in places if np.isfinite(one.seconds[place])]
    if not able:
        return np.nan
    half = np.arange(len(one.target)) % 2 == 0
    total = np.zeros_like(one.raws[0])
    for chosen, judged in ((half, ~half), (~half, half)):

        def gain(raw: Floats, chosen: NDArray[np.bool_] = chosen) -> float:
            return one.metric.gain(one.target[chosen], TreeOutput(one.link).scores(raw))

        weights = greedy_weights([one.raws[place][chosen] for place in able], gain, steps=10)
        total[judged] = np.tensordot(weights, one.raws[able][:, judged], axes=1)
    return one.gain(total)


def _write(found: Sequence[Evidence], tried: Sequence[Candidate]) -> None:
    with OUT.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["set", "metric", "candidate", "family", "values", "score", "seconds"])
        for one in found:
            for place, candidate in enumerate(tried):
                known = np.isfinite(one.seconds[place])
                score = f"{one.metric.value(one.gain(one.raws[place])):.6g}" if known else ""
                values = json.dumps(dict(candidate.values))
                seconds = f"{one.seconds[place]:.3f}"
                rows.writerow([one.name, one.metric.name, candidate.name, candidate.family, values, score, seconds])


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
