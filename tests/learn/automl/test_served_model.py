"""What is served of what a search found: as much as the limits allow, each form judged by rows that it has not seen."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest

from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import PORTFOLIO
from penstock.learn.automl.ensemble import Ensemble
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import graph_scores
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.search import Search
from penstock.learn.automl.served_measure import Measured, measured
from penstock.learn.automl.served_model import DISTILLED, FEWER, ONE, ONE_OF_FOLD, WHOLE, Serving
from penstock.learn.automl.serving_option import HTTP_MILLISECONDS, Limit, limit_of
from penstock.learn.automl.tree_candidate import TreeRows, merged
from penstock.learn.booster import read_booster
from penstock.learn.encoding import codes_from_json
from penstock.learn.feature_column import features_of
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import TrainingData
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Task
from penstock.learn.training import train
from penstock.learn.tree_graph import Link

ROWS = 400


def columns() -> pa.Table:
    random = np.random.default_rng(2)
    x = random.normal(size=(ROWS, 3))
    city = random.choice(["서울", "부산", "대구"], size=ROWS)
    gaps = pa.array(x[:, 0], mask=random.random(ROWS) < 0.1)
    # So many different texts are encoded by the mean of their labels, which must not tell a row its own.
    names = [f"이름 {number}" for number in random.permutation(ROWS)]
    return pa.table({"a": gaps, "b": x[:, 1], "c": x[:, 2], "도시": city, "name": names})


def target(classes: int) -> np.ndarray:
    table = columns()
    a, b, c = (np.nan_to_num(table[name].to_numpy()) for name in "abc")
    value = a * b + np.sin(2 * c) + np.random.default_rng(3).normal(size=ROWS) * 0.3
    return value if not classes else np.digitize(value, np.quantile(value, np.arange(1, classes) / classes)) * 1.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def serving(classes: int = 2, labels: np.ndarray | None = None, members: int = 2, draws: int = 1):
    """Return what a search found on three folds, drawn so often, and a maker of serving by a share of what it is."""
    table = columns()
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    link = (Link.IDENTITY, Link.IDENTITY, Link.LOGISTIC, Link.SOFTMAX)[classes]
    wanted = target(classes) if labels is None else labels
    nowhere = np.zeros(ROWS, np.bool_)
    data = TrainingData(table, features_of(table), wanted, nowhere, None, tuple(range(classes)), task, 1, 1)
    places = [np.random.default_rng(draw).permutation(ROWS) % 3 for draw in range(draws - 1)]
    folds = [Fold(at != part, at == part) for at in (np.arange(ROWS) % 3, *places) for part in range(3)]
    clock = Clock()
    budget = Budget(100.0, 2.0, clock)
    rows = TreeRows(data, folds)
    search = Search(data, rows, folds, metric_of(task, None, classes), budget, lambda *_: None, link)
    found = search.run(PORTFOLIO[:members])

    def ensemble(part) -> Ensemble:
        given = [
            (fold.text, weight / len(tried.folds))
            for tried, weight in zip(part.tried, part.weights.tolist(), strict=True)
            for fold in (tried.folds if weight else ())
        ]
        return Ensemble(merged(*zip(*given, strict=True)), rows.codes, (), part.stretch, link)

    def allowing(share: float, megabytes: float | None = None) -> Serving:
        sizes: list[int] = []

        def by_size(fitted, _data, *, memory) -> Measured:
            sizes.append(len(fitted.graph))
            return Measured(sizes[-1] / sizes[0], 1.0, sizes[-1], 9.0 if memory else None)

        limit = Limit("BALANCED", share + HTTP_MILLISECONDS, megabytes)
        return Serving(search, data, limit, ensemble, lambda made: made.fitted(data), by_size)

    return found, allowing, clock


def test_within_its_limits_the_ensemble_is_served_as_it_was_found():
    found, allowing, _ = serving()
    room = allowing(1.01)
    served = room.served(found)
    assert (served.form, room.told(served)["within_limits"], len(room.tried), room.notes(served)) == (
        WHOLE,
        True,
        1,
        (),
    )


def test_where_less_is_allowed_less_is_served_and_its_score_is_that_of_its_folds():
    found, allowing, _ = serving()
    room = allowing(0.95)
    served = room.served(found)
    assert (served.form, served.members) == (FEWER, np.count_nonzero(found.weights))
    assert served.fitted.details["trees"] < room.tried[0].fitted.details["trees"]
    assert np.allclose(served.raw, found.judged)
    assert "smaller than what was found" in room.notes(served)[0]
    # Each row is judged by one model of a member: of the others nobody knows what they add.
    assert room.notes(served)[0].endswith("What the mean of the models of 3 folds adds to the ensemble is in neither.")


def test_one_model_is_judged_as_one_model_where_several_judge_a_row():
    found, allowing, _ = serving(members=1, draws=3)
    room = allowing(0.2)
    served = room.served(found)
    assert served.form == ONE
    first = np.full_like(served.raw, np.nan)
    for fold, fitted in zip(room.search.folds[:3], found.tried[0].folds[:3], strict=True):
        first[fold.judged] = fitted.raw
    np.testing.assert_array_equal(served.raw, first)
    assert "is in neither" not in room.notes(served)[0]


def test_one_member_is_fitted_on_all_rows():
    found, allowing, _ = serving()
    room = allowing(0.33)
    served = room.served(found)
    assert served.form == ONE
    best = max(found.tried, key=lambda each: each.gain)
    rounds = round(np.mean([fold.rounds for fold in best.folds]))
    assert served.fitted.details["trees"] == rounds


@pytest.mark.parametrize("share", [0.15, 0.6])
def test_when_the_time_is_over_one_fold_has_to_do(share):
    found, allowing, clock = serving()
    clock.now = 99.0
    room = allowing(share)
    served = room.served(found)
    assert served.form == ONE_OF_FOLD
    # Nothing is written in between: each form takes as long as its share of what there is no time for.
    assert [each.form for each in room.tried] == [WHOLE, ONE_OF_FOLD]


@pytest.mark.parametrize(("word", "kept"), [("BALANCED", 0.0), ("QUALITY", 0.0), ("LATENCY", 21.0)])
def test_who_asks_for_a_quick_model_has_time_kept_to_make_it_so(word, kept):
    limit = limit_of({"optimize": word, "max_latency_ms": None, "max_memory_mb": None})
    assert limit.reserve(60.0) == pytest.approx(kept)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_a_pupil_says_what_the_ensemble_says(monkeypatch, classes):
    monkeypatch.setattr(Serving, "_refitted", lambda self, found: iter(()))
    found, allowing, _ = serving(classes)
    room = allowing(0.6)
    monkeypatch.setattr(Serving, "_fewer", lambda self, found: iter(()))
    room.served(found)
    whole, pupil = (next(each for each in room.tried if each.form == form) for form in (WHOLE, DISTILLED))
    mine, theirs = (graph_scores(each.fitted, room.data, room.data.columns).reshape(-1) for each in (pupil, whole))
    assert np.corrcoef(mine, theirs)[0, 1] > 0.97
    # What is told of it is what pupils of folds said of rows that neither they nor their teachers had seen.
    assert np.isfinite(pupil.raw).all()
    metric = room.search.metric
    assert pupil.score == pytest.approx(metric.value(metric.gain(room.data.target, pupil.scores)))


def test_of_labels_that_mean_nothing_a_pupil_claims_nothing(monkeypatch):
    monkeypatch.setattr(Serving, "_refitted", lambda self, found: iter(()))
    monkeypatch.setattr(Serving, "_fewer", lambda self, found: iter(()))
    labels = np.random.default_rng(8).integers(0, 2, ROWS) * 1.0
    found, allowing, _ = serving(2, labels, members=1)
    room = allowing(0.3)
    room.served(found)
    assert all(abs(each.score - 0.5) < 0.09 for each in room.tried)


def test_where_no_form_is_small_enough_that_is_said():
    found, allowing, _ = serving()
    room = allowing(2.0, megabytes=1.0)
    served = room.served(found)
    assert not room.told(served)["within_limits"]
    assert "No form of the model is within max_memory_mb" in room.notes(served)[-1]


def test_the_graph_is_the_native_model_and_runs_anywhere():
    found, allowing, _ = serving()
    fitted = allowing(1.01).served(found).fitted
    table = columns()
    features = features_of(table)
    matrix = MatrixEncoder(features, codes_from_json(fitted.details["encoding"])).encode(table)
    output = fitted.details["output"]
    raw = output["base"] + output["scale"] * read_booster(fitted.native).predict(matrix)[:, 0]
    expected = 1 / (1 + np.exp(-raw))
    found = onnxruntime.InferenceSession(fitted.graph).run(None, graph_input(table, features))[0]
    assert np.abs(found[:, 1] - expected).max() < 1e-6


def test_one_row_is_measured_as_an_endpoint_asks_for_it():
    found, allowing, _ = serving()
    room = allowing(1.01)
    taken = measured(room.served(found).fitted, room.data, memory=True)
    assert 0 < taken.latency_ms < 50
    assert taken.load_ms > 0
    assert 0 < taken.memory_mb < 100


def test_what_is_served_of_a_training_is_what_its_metrics_are_of():
    options = {"model_type": "automl_classifier", "max_candidates": 1, "derived_features": False, "max_memory_mb": 1}
    given = {name: GivenOption(value) for name, value in {"input_label_cols": ["label"], **options}.items()}
    table = columns().append_column("label", pa.array(target(2).astype(int))).slice(0, 200)
    model = train(table, given, seed=1, threads=1, progress=lambda done, most, note: None)
    told = model.manifest.details["search"]["serving"]
    assert len(told["tried"]) > 1
    served = next(each for each in told["tried"] if each["served"])
    assert model.manifest.metrics["roc_auc"] == pytest.approx(served["score"], abs=1e-9)
    assert load_model(model.files, None).score(table).shape == (200, 2)
