"""Candidates that are trees of CatBoost's, where the extra is installed; written as LightGBM's, so that they merge."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from penstock.core.errors import Cancelled, MissingExtra, UntrainableModel
from penstock.learn.automl.candidate import Value
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.oblivious_tree import tree_blocks
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows, as_text, milliseconds
from penstock.learn.booster import read_booster

MOST_ROUNDS, _PATIENCE = 1_000, 50
# Each value takes twelve bytes while a fold's rows are handed over.
MOST_CELLS = 100_000_000
_LOSS = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE", "regression_l1": "MAE"}
_MEASURE = {"auc": "AUC", "binary_logloss": "Logloss", "multi_logloss": "MultiClass", "l2": "RMSE", "l1": "MAE"}


def grown_by_catboost(
    rows: TreeRows,
    number: int,
    values: Mapping[str, Value],
    metric: SearchMetric,
    threads: int,
    goes_on: Callable[[], bool],
    rounds: int | None = None,
) -> GrownTrees:
    """Return the trees of a fold: as many as are best on the rows that judge (Prokhorenkova et al. 2018), or so many
    `rounds`.

    Categories are the numbers and the cross-fitted means that the other trees read. Raises MissingExtra, OutOfTime
    where there is no time for so many rounds, and UntrainableModel for what CatBoost refuses.
    """
    if find_spec("catboost") is None:
        raise MissingExtra.of(
            "'penstock[catboost]' is not installed.", hint="Install it with: pip install 'penstock[catboost]'."
        )
    if rows.cells > MOST_CELLS:
        raise UntrainableModel.of("the table is too large for CatBoost, which reads it whole")
    from catboost import CatBoost, CatBoostError, Pool

    fitted, judged = rows.matrices(number)
    terms = {**values, **_terms(rows, metric), "random_seed": rows.seed(number), "thread_count": threads}
    watch = _Watch(goes_on)
    try:
        with np.errstate(over="ignore"):
            # What float32 does not hold is infinite to CatBoost, and beyond each border of the trees as written.
            train, judges = (
                Pool(side.matrix.astype(np.float32), side.target, weight=side.weights, thread_count=threads)
                for side in (fitted, judged)
            )
        model = CatBoost(terms if rounds is None else {**terms, "iterations": rounds})
        # The rows that judge say when to stop, unless it is told.
        model.fit(train, eval_set=judges if rounds is None else None, callbacks=[watch])
        said = {} if watch.stopped else _read(model)
    except CatBoostError as problem:
        raise UntrainableModel.of(f"CatBoost: {problem}") from problem
    if watch.stopped is not None:
        raise watch.stopped
    text = as_text(rows.header(metric), tree_blocks(said, rows.outputs, float(values["learning_rate"])))
    booster = read_booster(text)
    if rounds is not None and not goes_on():
        raise OutOfTime
    best = model.get_best_iteration()
    kept = booster.rounds if best is None else best + 1
    taken = None if number else milliseconds(booster, judged.matrix, kept)
    return rows.of_rounds(booster, kept, judged.matrix, taken, 1)


def _terms(rows: TreeRows, metric: SearchMetric) -> dict[str, Any]:
    return {
        **({"classes_count": rows.outputs} if rows.outputs > 1 else {}),
        "loss_function": _LOSS[rows.objective(metric)],
        "eval_metric": _MEASURE[rows.measure(metric)],
        "iterations": MOST_ROUNDS,
        "nan_mode": "Min",
        "od_type": "Iter",
        "od_wait": _PATIENCE,
        "use_best_model": False,
        "allow_writing_files": False,
        "logging_level": "Silent",
    }


class _Watch:
    """Asked by CatBoost after each tree whether to go on; keeps what is raised, which would not come through."""

    def __init__(self, goes_on: Callable[[], bool]) -> None:
        self._goes_on = goes_on
        self.stopped: BaseException | None = None

    def after_iteration(self, info: object) -> bool:  # noqa: ARG002
        try:
            return self._goes_on()
        except Cancelled as stopped:
            self.stopped = stopped
            return False


def _read(model: Any) -> Any:
    """Return the model in CatBoost's JSON, which it writes to a file only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return json.loads(path.read_text(encoding="utf-8"))
