"""What every learner must do. A package that registers one runs these as its tests.

@pytest.mark.parametrize("check", learner_checks(MyLearner()), ids=str)
def test_learner(check):
    check()
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.options import GivenOption, OptionValue, read_options
from penstock.learn.encoding import codes_from_json
from penstock.learn.feature_column import features_of
from penstock.learn.graph import MATRIX, core_of
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import Attributions, ExplainableLearner, FittedModel, Learner, TrainingData
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Task
from penstock.learn.shared_options import resolve_options
from penstock.testing.sample_rows import ROWS, all_null, sample_datasets, sample_of_every_type

Floats = NDArray[np.float64]
_STANDARD_DOMAINS = {"", "ai.onnx.ml"}


@dataclass(frozen=True)
class LearnerCheck:
    """One demand; calling it raises AssertionError when the learner does not meet it."""

    name: str
    demand: Callable[[_Subject], None]
    subject: _Subject

    def __call__(self) -> None:
        self.demand(self.subject)

    def __str__(self) -> str:
        return f"{self.subject.learner.model_type}: {self.name}"


def learner_checks(learner: Learner, options: Mapping[str, OptionValue] | None = None) -> tuple[LearnerCheck, ...]:
    """Return the checks for one learner, in the order of what is worth knowing first.

    `options` are given to every fit: those that the learner cannot do without.
    """
    subject = _Subject(learner, options or {})
    demands = {
        **_DEMANDS,
        **(_SCORING_DEMANDS if learner.task.scores_rows else {}),
        **(_LABELLED_DEMANDS if learner.task.learns_from_label else {}),
    }
    left_out = _NOT_OF_USERS_AND_ITEMS if learner.task is Task.RECOMMENDATION else ()
    return tuple(LearnerCheck(name, demand, subject) for name, demand in demands.items() if name not in left_out)


@dataclass(frozen=True)
class _Subject:
    learner: Learner
    given: Mapping[str, OptionValue]

    def options(self) -> dict[str, OptionValue]:
        given = {name: GivenOption(value) for name, value in self.given.items()}
        values, findings = resolve_options(given, self.learner)
        assert not findings, f"Without any other option it complains: {findings[0]}"
        return values

    def samples(self) -> list[TrainingData]:
        return [self.named(data) for data in sample_datasets(self.learner)]

    def named(self, data: TrainingData) -> TrainingData:
        """Return the rows with the columns that the given options name apart, as a training hands them over."""
        columns = {
            spec.name: [str(name) for name in (value if isinstance(value, list) else [value])]
            for spec in self.learner.options
            if spec.names_column and (value := self.given.get(spec.name)) is not None
        }
        features = data.columns.drop([name for names in columns.values() for name in names])
        return replace(
            data,
            columns=features,
            features=features_of(features),
            named={option: data.columns.select(names) for option, names in columns.items()},
        )

    def fit(self, data: TrainingData, options: Mapping[str, OptionValue] | None = None) -> FittedModel:
        return self.learner.fit(data, {**self.options(), **(options or {})}, lambda *_: None)


def _is_described(subject: _Subject) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", subject.learner.model_type), (
        "The model type is a word of lower-case letters."
    )
    assert len(subject.learner.summary) > 30, "The summary says method, library and source."
    assert subject.learner.task in Task, "The task is one that Penstock knows."
    names = [spec.name for spec in subject.learner.options]
    assert len(set(names)) == len(names), "Each option is declared once."
    for spec in subject.learner.options:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name), f"{spec.name!r} is not lower case."
        assert len(spec.doc) > 10, f"The option {spec.name!r} is not documented."


def _has_defaults_that_it_accepts(subject: _Subject) -> None:
    given = {spec.name: GivenOption(spec.default) for spec in subject.learner.options if spec.default is not None}
    _, findings = read_options(given, subject.learner.options, subject.learner.model_type)
    assert not findings, f"A default is refused: {findings[0]}"


def _gives_a_plain_graph(subject: _Subject) -> None:
    import onnx

    for data in subject.samples():
        model = onnx.load_from_string(_graph(subject.fit(data)))
        onnx.checker.check_model(model)
        assert {node.domain for node in model.graph.node} <= _STANDARD_DOMAINS, "Plain onnxruntime must run it."
        (output,) = model.graph.output
        kind = output.type.tensor_type
        assert kind.elem_type == onnx.TensorProto.DOUBLE, "The output is float64."
        width = kind.shape.dim[1].dim_value
        name, expected = _output(data)
        assert output.name == name, f"The output is called {output.name!r}, not {name!r}."
        assert width == expected or (width and not expected), f"The output has the width {width}."


def _scores_every_row(subject: _Subject) -> None:
    for data in subject.samples():
        _well_formed(_scores(subject.fit(data), data, data.columns), data)


def _learns(subject: _Subject) -> None:
    for data in subject.samples():
        scores = _scores(subject.fit(data), data, data.columns)[data.held_out]
        target = data.target[data.held_out]
        if subject.learner.task.predicts_number:
            explained = 1 - np.mean((scores[:, 0] - target) ** 2) / np.var(target)
            assert explained > 0.5, f"It explains {explained:.2f} of an easy label's variance on held-out rows."
        else:
            right = float(np.mean(np.argmax(scores, axis=1) == target))
            most = float(np.bincount(target.astype(int)).max() / len(target))
            assert right > most + 0.1, (
                f"It is right on {right:.2f} of the held-out rows; the commonest class is {most:.2f}."
            )


def _repeats_itself(subject: _Subject) -> None:
    for data in subject.samples():
        first, again = subject.fit(data), subject.fit(data)
        assert first.graph == again.graph, "The same rows and seed give another graph."
        assert first.native == again.native, "The same rows and seed give another native text."


def _leaves_held_out_rows_alone(subject: _Subject) -> None:
    for data in subject.samples():
        swapped = np.where(data.held_out, data.target[::-1], data.target)
        # One round more or less may be trained, by the held-out loss; what early stopping reads is not
        # fitted on.
        options = {"early_stop": False}
        first, second = subject.fit(data, options), subject.fit(replace(data, target=swapped), options)
        assert first.graph == second.graph, "Other labels on the held-out rows give another model."


def _reads_every_type(subject: _Subject) -> None:
    data = subject.named(sample_of_every_type(subject.learner))
    fitted = subject.fit(data)
    _well_formed(_scores(fitted, data, data.columns), data)
    _well_formed(_scores(fitted, data, all_null(data.columns)), data)


def _bears_values_never_seen(subject: _Subject) -> None:
    for data in subject.samples():
        fitted = subject.fit(data)
        strange = pa.table(
            {
                "x": pa.array([1e30, -1e30, 0.0, None], pa.float64()),
                "가격": pa.array([5e-324, None, 1e18, -1.0], pa.float64()),
                "도시": pa.array(["아무도 모르는 곳", "", None, "😀'\"\\"]),
                "flag": pa.array([None, True, False, None], pa.bool_()),
            }
        )
        _well_formed(_scores(fitted, data, strange), data)


def _bears_a_column_without_values(subject: _Subject) -> None:
    for data in subject.samples():
        empty = data.columns.append_column("nothing", pa.nulls(ROWS, pa.float64()))
        empty = empty.append_column("no words", pa.nulls(ROWS, pa.string()))
        more = replace(data, columns=empty, features=features_of(empty))
        _well_formed(_scores(subject.fit(more), more, empty), more)


def _bears_thousands_of_categories(subject: _Subject) -> None:
    for data in subject.samples():
        rows = 20_000
        words = pa.array([f"사용자 {row % 10_000}" for row in range(rows)])
        columns = pa.table({"id": words, "x": np.resize(np.arange(7.0), rows)})
        target = np.resize(data.target, rows) if data.classes else columns["x"].to_numpy() * 2.0
        if not data.task.learns_from_label:
            target = data.target
        many = replace(
            data,
            columns=columns,
            features=features_of(columns),
            target=target,
            held_out=np.zeros(rows, np.bool_),
        )
        _well_formed(_scores(subject.fit(many), many, columns.slice(0, 100)), many)


def _fits_few_rows(subject: _Subject) -> None:
    for data in subject.samples():
        rows = max(2, 2 * len(data.classes))
        first = [int(np.flatnonzero(data.target == code)[0]) for code in range(len(data.classes))]
        chosen = np.array([*first, *(row for row in range(ROWS) if row not in first)][:rows])
        few = replace(
            data,
            columns=data.columns.take(pa.array(chosen)),
            target=data.target[chosen] if data.task.learns_from_label else data.target,
            held_out=np.zeros(rows, np.bool_),
        )
        _well_formed(_scores(subject.fit(few), few, few.columns), few)


def _scores_a_row_alone_as_among_others(subject: _Subject) -> None:
    for data in subject.samples():
        fitted = subject.fit(data)
        together = _scores(fitted, data, data.columns.slice(0, 20))
        alone = np.vstack([_scores(fitted, data, data.columns.slice(row, 1)) for row in range(20)])
        np.testing.assert_allclose(alone, together, rtol=1e-9, atol=1e-12)


def _codes_rows_as_its_graph_does(subject: _Subject) -> None:
    """Where `encoding` describes the matrix, tables are scored by the graph's core; both ways must agree."""
    import onnxruntime

    for data in subject.samples():
        fitted = subject.fit(data)
        if "encoding" not in fitted.details:
            continue
        core = core_of(_graph(fitted))
        assert core is not None, "Details with an encoding need a graph with a matrix."
        matrix = MatrixEncoder(data.features, codes_from_json(fitted.details["encoding"])).encode(data.columns)
        scores = onnxruntime.InferenceSession(core).run(None, {MATRIX: matrix})[0]
        np.testing.assert_allclose(scores, _scores(fitted, data, data.columns), rtol=1e-9, atol=1e-12)


def _heeds_weights(subject: _Subject) -> None:
    for data in subject.samples():
        high = data.target > np.median(data.target) if not data.classes else data.target == len(data.classes) - 1
        light, heavy = (replace(data, weights=np.where(high, weight, 1.0)) for weight in (0.05, 20.0))
        column = -1 if data.classes else 0
        low = _scores(subject.fit(light), light, data.columns)[:, column].mean()
        up = _scores(subject.fit(heavy), heavy, data.columns)[:, column].mean()
        assert up > low, f"Heavy rows do not draw the scores: {low:.3f} with light ones, {up:.3f} with heavy ones."


def _tells_its_progress(subject: _Subject) -> None:
    told: list[tuple[int, int]] = []
    data = subject.samples()[0]
    subject.learner.fit(data, subject.options(), lambda done, most, _: told.append((done, most)))
    assert told, "Nobody hears how far it has come."
    assert all(0 <= done <= most for done, most in told), f"It tells {told[0]}, of which the first must not be more."


def _records_iterations(subject: _Subject) -> None:
    for data in subject.samples():
        iterations = subject.fit(data).iterations
        assert iterations, "ML.TRAINING_INFO has no row."
        assert all(math.isfinite(row.loss) for row in iterations), "A loss is not finite."
        judged = [row for row in iterations if row.eval_loss is not None]
        assert not data.held_out.any() or judged == list(iterations), "With held-out rows there is an eval_loss."
        order = [(row.training_run, row.iteration) for row in iterations]
        assert order == sorted(set(order)), f"The iterations are not in order: {order}."


def _keeps_details_as_json(subject: _Subject) -> None:
    for data in subject.samples():
        details = subject.fit(data).details
        assert json.loads(json.dumps(details, allow_nan=False)) is not None


def _explains_additively(subject: _Subject) -> None:
    for data in subject.samples():
        fitted = subject.fit(data)
        assert isinstance(subject.learner, ExplainableLearner), "A model of a label explains itself."
        explainer = subject.learner.explainer(json.loads(json.dumps(fitted.details)), fitted.native, fitted.files)
        rows = data.columns.slice(0, 50)
        scores = _scores(fitted, data, rows)
        given = scores[:, 0] if subject.learner.task is Task.REGRESSION else scores
        for approximate in (False, True):
            why = explainer.attributions(rows, given, approximate=approximate)
            assert why.features == tuple(feature.name for feature in data.features), "One attribution a feature."
            assert why.values.shape == (50, len(data.features)), f"The values have the shape {why.values.shape}."
            _sum_up(why)
            if subject.learner.task is Task.REGRESSION:
                np.testing.assert_allclose(why.prediction, given, rtol=1e-6, atol=1e-8)
            else:
                _agree_in_order(why.prediction, given)


def _sum_up(why: Attributions) -> None:
    """The attributions lead from the baseline to the prediction: exactly, or for half the rows within a tenth."""
    found = why.baseline + why.values.sum(axis=1)
    if why.exact:
        np.testing.assert_allclose(found, why.prediction, rtol=1e-6, atol=1e-8)
        return
    left = np.abs(why.prediction - found) / np.maximum(np.abs(why.prediction - why.baseline), 1e-12)
    assert np.median(left) < 0.1, f"The attributions leave {np.median(left):.0%} of the way open."


def _agree_in_order(prediction: Floats, probabilities: Floats) -> None:
    """With two classes the surer row has the greater logit; with more the other classes have their say
    too.
    """
    if probabilities.shape[1] != 2:
        return
    sure = probabilities.max(axis=1)
    order = np.argsort(sure)
    steps = np.diff(prediction[order])
    assert np.all(steps[np.diff(sure[order]) > 1e-9] > 0), "A surer row has a smaller prediction value."


def _scores(fitted: FittedModel, data: TrainingData, rows: pa.Table) -> Floats:
    import onnxruntime

    session = onnxruntime.InferenceSession(_graph(fitted))
    scores: Floats = session.run(None, graph_input(rows, data.features))[0]
    return scores


def _well_formed(scores: Floats, data: TrainingData) -> None:
    assert scores.dtype == np.float64, f"Scores are {scores.dtype}."
    assert np.isfinite(scores).all(), "A score is not finite."
    if not data.task.learns_from_label:
        return
    if not data.classes:
        assert scores.shape[1] == 1, f"A regression gives the shape {scores.shape}."
        return
    assert scores.shape[1] == len(data.classes), f"{len(data.classes)} classes give the shape {scores.shape}."
    assert scores.min() >= 0, "A probability is negative."
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-9)


def _output(data: TrainingData) -> tuple[str, int]:
    """Return the name of the graph's output, and its width; 0 where the learner decides."""
    match data.task:
        case Task.REGRESSION | Task.RECOMMENDATION:
            return "score", 1
        case Task.CLASSIFICATION:
            return "probabilities", len(data.classes)
        case Task.CLUSTERING:
            return "distances", 0
        case Task.AUTOENCODING:
            return "autoencoded", 0
        case _:
            return "components", 0


def _graph(fitted: FittedModel) -> bytes:
    assert fitted.graph is not None, "A model that scores rows has a graph."
    return fitted.graph


_DEMANDS: dict[str, Callable[[_Subject], None]] = {
    "is described": _is_described,
    "has defaults that it accepts": _has_defaults_that_it_accepts,
    "repeats itself": _repeats_itself,
    "tells its progress": _tells_its_progress,
    "records iterations": _records_iterations,
    "keeps details as JSON": _keeps_details_as_json,
}
# Of those that score rows.
_SCORING_DEMANDS: dict[str, Callable[[_Subject], None]] = {
    "gives a plain graph": _gives_a_plain_graph,
    "scores every row": _scores_every_row,
    "reads every type": _reads_every_type,
    "bears values never seen": _bears_values_never_seen,
    "bears a column without values": _bears_a_column_without_values,
    "bears thousands of categories": _bears_thousands_of_categories,
    "fits few rows": _fits_few_rows,
    "scores a row alone as among others": _scores_a_row_alone_as_among_others,
    "codes rows as its graph does": _codes_rows_as_its_graph_does,
}
# What a recommendation has not: it reads two columns, of texts or numbers, and weighs and explains nothing by them.
_NOT_OF_USERS_AND_ITEMS = (
    "reads every type",
    "bears a column without values",
    "heeds weights",
    "explains additively",
)
_LABELLED_DEMANDS: dict[str, Callable[[_Subject], None]] = {
    "learns": _learns,
    "leaves held-out rows alone": _leaves_held_out_rows_alone,
    "heeds weights": _heeds_weights,
    "explains additively": _explains_additively,
}
