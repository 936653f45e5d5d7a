"""Grows trees with LightGBM: rows to datasets, rounds watched and stopped, the result as a fitted model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionValue, number_of
from penstock.learn.booster import BinnedRows, Booster, new_booster, read_booster
from penstock.learn.encoding import ColumnCode, codes_as_json, codes_from_json
from penstock.learn.feature_column import rows_of
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.parallel_tree import grow_side_by_side
from penstock.learn.schema import Task
from penstock.learn.tree_ensemble import TreeEnsemble, read_ensemble
from penstock.learn.tree_graph import Link, TreeOutput, output_of, tree_graph
from penstock.learn.tree_loss import Judges, mean_loss
from penstock.learn.tree_matrix import encode_rows, feature_places, matrix_of, native_columns, tree_codes
from penstock.learn.tree_options import booster_parameters
from penstock.learn.warm_start import check_unchanged

Floats = NDArray[np.float64]
Json = Any
# The loss on the rows of training is that of at most so many of them, evenly spread: measured on all of a
# million rows it takes a third of the time of a round.
_LOSS_ROWS = 10_000
# So few cells are done sooner by one thread than by several that wait for each other.
_SMALL = 1_000_000
_METRIC = {Link.IDENTITY: "l2", Link.LOGISTIC: "binary_logloss", Link.SOFTMAX: "multi_logloss"}


def grow(
    data: TrainingData,
    options: Mapping[str, OptionValue],
    progress: Progress,
    warm_start: WarmStart | None,
    *,
    forest: bool,
) -> FittedModel:
    """Fit boosted trees, or a forest, on the rows that are not held out.

    `warm_start` is a model of the same family, features and classes. Raises InvalidOption for options that
    contradict each other.
    """
    if warm_start and options["num_parallel_tree"] != 1:
        raise InvalidOption.of(
            "Option num_parallel_tree: rounds of several trees have no warm start.", option="warm_start"
        )
    encoding, codes, notes = _encoding(data, options, warm_start)
    output = output_of(data.task, len(data.classes), forest=forest)
    parameters = _parameters(data, options, output, forest=forest)
    rounds = int(number_of(options, "num_parallel_tree" if forest else "max_iterations"))
    watch = _Watch(progress, rounds, None if forest else options, warm_start)
    before = read_booster(warm_start.native or "") if warm_start else None
    train, judges = _binned(data, codes, parameters | _categorical(codes, encoding), before)
    trees = 1 if forest else int(number_of(options, "num_parallel_tree"))
    if trees > 1 and train.can_split:
        booster, kept = grow_side_by_side(data, parameters, train, judges, output, watch, rounds=rounds, trees=trees)
    else:
        booster, kept = _grown(parameters, train, () if forest else [rows for rows, _ in judges], watch, before)
    native = booster.text(kept)
    iterations = (_forest_iteration(booster, [of for _, of in judges], output, watch),) if forest else watch.iterations
    del booster, train, judges
    ensemble = read_ensemble(native)
    details = {
        "features": [asdict(feature) for feature in data.features],
        "encoding": codes_as_json(codes),
        "category_encoding": encoding,
        "output": output.as_json(),
        "outputs": ensemble.outputs,
        "trees": ensemble.trees,
        "importances": importances(ensemble, codes, [feature.name for feature in data.features]),
    }
    graph = tree_graph(data.features, codes, ensemble, output)
    return FittedModel(graph, iterations, details, native, (*notes, *_notes(options)))


def importances(ensemble: TreeEnsemble, codes: Sequence[ColumnCode], features: Sequence[str]) -> list[Json]:
    """Return the rows of ML.FEATURE_IMPORTANCE, one a feature.

    As in XGBoost: `weight` is the number of splits on the feature, `gain` and `cover` are the mean gain of
    these splits and the mean sum of second derivatives of the rows that reach them; 0 without a split.
    """
    of_split = feature_places(codes, features)[ensemble.feature]
    count = np.bincount(of_split, minlength=len(features))
    gain = np.bincount(of_split, ensemble.gain, len(features)) / np.maximum(count, 1)
    cover = np.bincount(of_split, ensemble.node_weight, len(features)) / np.maximum(count, 1)
    return [
        {"feature": name, "weight": float(count[at]), "gain": float(gain[at]), "cover": float(cover[at])}
        for at, name in enumerate(features)
    ]


class _Watch:
    """Called after each round: records the losses, tells the progress, stops when it no longer pays.

    A round pays when the loss on the held-out rows (on the rows of training without any) falls by at least
    `min_rel_progress` of itself. A last round that made it worse is not kept, except in DART, whose rounds
    change earlier trees. Without `options` (a forest) there are no losses and nothing stops.
    """

    def __init__(
        self,
        progress: Progress,
        rounds: int,
        options: Mapping[str, OptionValue] | None,
        before: WarmStart | None,
    ) -> None:
        self._progress, self._options = progress, options
        self.rounds = rounds
        self._before = tuple(before.iterations) if before else ()
        self._run = max((row.training_run for row in self._before), default=-1) + 1
        self._rows: list[Iteration] = []
        self._began = self._last = time.monotonic()
        self.kept: int | None = None

    @property
    def seconds(self) -> float:
        """Time since the first round began."""
        return time.monotonic() - self._began

    @property
    def iterations(self) -> tuple[Iteration, ...]:
        return (*self._before, *self._rows)

    def __call__(self, done: int, losses: Sequence[float]) -> bool:
        """Say whether to go on after so many rounds; `losses` are of the judging rows."""
        self._progress(done, self.rounds, f"loss {losses[-1]:.6g}" if losses else "")
        if self._options is None:
            return True
        now = time.monotonic()
        row = Iteration(
            training_run=self._run,
            iteration=len(self._rows) + 1,
            loss=losses[0],
            eval_loss=losses[1] if len(losses) > 1 else None,
            learning_rate=number_of(self._options, "learn_rate"),
            duration_ms=round((now - self._last) * 1000),
        )
        self._last = now
        previous = self._rows[-1] if self._rows else None
        self._rows.append(row)
        if previous is None or not self._options["early_stop"]:
            return True
        gained = _judged(previous) - _judged(row)
        if gained >= number_of(self._options, "min_rel_progress") * abs(_judged(previous)):
            return True
        if gained < 0 and self._options["booster_type"] != "DART":
            self._rows.pop()
            self.kept = done - 1
        return False


def _judged(row: Iteration) -> float:
    return row.loss if row.eval_loss is None else row.eval_loss


def _encoding(
    data: TrainingData, options: Mapping[str, OptionValue], warm_start: WarmStart | None
) -> tuple[str, tuple[ColumnCode, ...], tuple[str, ...]]:
    """Return how texts are read, the codes of the matrix, and notes on them.

    The trees of an earlier model read its codes, so a warm start keeps them: words that came since are
    unseen. Raises InvalidOption for texts to be read otherwise.
    """
    if warm_start:
        earlier = warm_start.details["category_encoding"]
        check_unchanged("category_encoding_method", earlier, options["category_encoding_method"])
        return earlier, codes_from_json(warm_start.details["encoding"]), ()
    encoding = str(options["category_encoding_method"])
    return encoding, *tree_codes(data, encoding)


def _grown(
    parameters: Mapping[str, Any],
    train: BinnedRows,
    judges: Sequence[BinnedRows],
    watch: _Watch,
    before: Booster | None,
) -> tuple[Booster, int | None]:
    """Return the booster after its rounds, and how many of all its rounds to keep, None for all."""
    booster = new_booster({**parameters, "num_iterations": watch.rounds}, train, judges, before)
    for done in range(1, watch.rounds + 1):
        booster.grow()
        if not watch(done, booster.losses()):
            break
    earlier = 0 if before is None else before.rounds
    return booster, None if watch.kept is None else earlier + watch.kept


def _parameters(
    data: TrainingData, options: Mapping[str, OptionValue], output: TreeOutput, *, forest: bool
) -> dict[str, Any]:
    rows = int(len(data.held_out) - data.held_out.sum())
    objective = "regression" if data.task is Task.REGRESSION else "binary" if len(data.classes) == 2 else "multiclass"
    parameters = booster_parameters(options, rows, forest=forest) | {
        "objective": objective,
        "metric": _METRIC.get(output.link, "None"),
        "boost_from_average": output.link is not Link.SHARE,
        "seed": data.seed % 2**31,
        "num_threads": data.threads if rows * len(data.features) > _SMALL else 1,
        "deterministic": True,
        # Row-wise histograms are as fast as column-wise ones here; LightGBM must not choose by a stopwatch.
        "force_row_wise": True,
        "verbosity": -1,
    }
    if objective == "multiclass":
        parameters["num_class"] = len(data.classes)
    return parameters


def _categorical(codes: Sequence[ColumnCode], encoding: str) -> dict[str, Any]:
    native = native_columns(codes, encoding)
    return {"categorical_feature": native} if native else {}


def _binned(
    data: TrainingData, codes: Sequence[ColumnCode], parameters: Mapping[str, Any], before: Booster | None
) -> tuple[BinnedRows, list[tuple[BinnedRows, Judges]]]:
    """Return the rows of training and the judging ones: of training, and held out where there are any."""
    rows = encode_rows(data, codes, cross_fit=before is None)
    target, weights = data.train_target, data.train_weights
    binned = BinnedRows(rows.train, target, weights, parameters, raw=_raw(before, rows.train))
    weighty = np.arange(len(target)) if weights is None else np.flatnonzero(weights)
    sample = weighty[np.unique(np.linspace(0, len(weighty) - 1, min(_LOSS_ROWS, len(weighty))).astype(np.int64))]
    judges = [
        Judges(rows_of(rows.train, sample), target[sample], None if weights is None else weights[sample]),
    ]
    judged_weights = None if data.weights is None else data.weights[data.held_out]
    if rows.held_out.num_rows and (judged_weights is None or judged_weights.any()):
        judges.append(Judges(rows.held_out, data.target[data.held_out], judged_weights))
    return binned, [
        (BinnedRows(of.columns, of.target, of.weights, parameters, like=binned, raw=_raw(before, of.columns)), of)
        for of in judges
    ]


def _raw(before: Booster | None, columns: pa.Table) -> Floats | None:
    return None if before is None else before.predict(matrix_of(columns))


def _forest_iteration(booster: Booster, judges: Sequence[Judges], output: TreeOutput, watch: _Watch) -> Iteration:
    """Return the one iteration of a forest, all of whose trees stand side by side."""
    losses = [mean_loss(booster.predict(matrix_of(of.columns)) / booster.rounds, of, output) for of in judges]
    return Iteration(0, 1, losses[0], losses[1] if len(losses) > 1 else None, None, round(watch.seconds * 1000))


def _notes(options: Mapping[str, OptionValue]) -> tuple[str, ...]:
    notes = []
    drawn = ("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode")
    if options["num_parallel_tree"] != 1 and all(options[name] == 1.0 for name in drawn):
        notes.append("All trees of a round are alike, since none draws rows or columns: give subsample or a colsample.")
    if options["tree_method"] in ("EXACT", "APPROX"):
        notes.append(f"tree_method = '{options['tree_method']}' is recorded; splits are found in histograms.")
    if options["xgboost_version"]:
        notes.append("xgboost_version is recorded; the trees were grown by LightGBM.")
    return tuple(notes)
