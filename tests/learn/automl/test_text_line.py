"""Lines through texts: what they learn, and that the graph and the explanations say the same."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression, Ridge

from penstock.core.errors import UntrainableModel
from penstock.learn.artifact import load_model
from penstock.learn.automl.candidate import PORTFOLIO, TEXTS, candidates, winners
from penstock.learn.automl.derivation import DERIVED
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import graph_scores
from penstock.learn.automl.text_candidate import TextRows, only_texts, text_candidates
from penstock.learn.automl.text_line import TextLineExplainer
from penstock.learn.automl.topic_feature import leading
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task

ROWS = 180
GOOD, BAD = ["good", "좋다", "fine", "best"], ["bad", "나쁘다", "poor", "worst"]
OTHERS = [f"word{number}" for number in range(25)]


def texts(target: np.ndarray) -> list[str | None]:
    random = np.random.default_rng(3)
    found: list[str | None] = []
    for value in target:
        meant = GOOD if value else BAD
        found.append(" ".join([*random.choice(OTHERS, 5), *random.choice(meant, random.integers(1, 3))]))
    found[0], found[1], found[2] = None, "", "good " * 20_000
    return found


def rows_of(classes: int = 2, weights: np.ndarray | None = None) -> tuple[TrainingData, list[Fold]]:
    target = np.arange(ROWS) % 2.0
    table = pa.table({"text": texts(target), "number": np.arange(ROWS) * 1.0})
    if classes > 2:
        own = [f"{text} class{row % classes}" for row, text in enumerate(table["text"].to_pylist())]
        table, target = table.set_column(0, "text", [own]), np.arange(ROWS) % float(classes)
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    target = target if classes else 1e4 * target + np.random.default_rng(4).normal(size=ROWS)
    nowhere = np.zeros(ROWS, np.bool_)
    names = tuple(f"c{number}" for number in range(classes))
    data = TrainingData(table, features_of(table), target, nowhere, weights, names, task, 1, 1)
    return data, [Fold(np.arange(ROWS) % 3 != part, np.arange(ROWS) % 3 == part) for part in range(3)]


def always() -> bool:
    return True


def lines_of(rows: TextRows, folds: list[Fold], **values: object) -> list:
    return [rows.fitted(number, {"reads": "words", "l2_reg": 0.5, **values}, always) for number in range(len(folds))]


@pytest.mark.parametrize("classes", [2, 5])
def test_weights_are_those_of_least_log_loss(classes):
    weights = np.random.default_rng(5).uniform(0.5, 2.0, ROWS)
    data, folds = rows_of(classes, weights)
    rows = TextRows(data, folds)
    matrix, fold = rows._matrices["words"], folds[0]
    known = LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000).fit(
        matrix[fold.fitted].astype(np.float64), data.target[fold.fitted], weights[fold.fitted]
    )
    found = rows.fitted(0, {"reads": "words", "l2_reg": 0.5}, always).raw
    theirs = known.decision_function(matrix[fold.judged]).reshape(len(found), -1)
    centred = [raw - raw.mean(axis=1, keepdims=True) if classes > 2 else raw for raw in (found, theirs)]
    assert np.abs(centred[0] - centred[1]).mean() < 0.05
    assert np.corrcoef(centred[0].ravel(), centred[1].ravel())[0, 1] > 0.999


def test_a_number_is_told_as_ridge_regression_does():
    data, folds = rows_of(0)
    rows = TextRows(data, folds)
    matrix, fold = rows._matrices["words"].astype(np.float64), folds[0]
    target = data.target[fold.fitted]
    ridge = Ridge(alpha=0.5, tol=1e-10, fit_intercept=False)
    known = ridge.fit(matrix[fold.fitted], (target - target.mean()) / target.std())
    theirs = known.predict(matrix[fold.judged]) * target.std() + target.mean()
    found = rows.fitted(0, {"reads": "words", "l2_reg": 0.5}, always).raw[:, 0]
    assert np.corrcoef(found, theirs)[0, 1] > 0.999
    assert np.abs(found - theirs).mean() < 0.05 * target.std()


@pytest.mark.parametrize("classes", [0, 2, 5])
def test_all_folds_are_one_model_whose_graph_and_explanations_agree(classes):
    data, folds = rows_of(classes)
    rows = TextRows(data, folds)
    words, letters = lines_of(rows, folds), lines_of(rows, folds, reads="letters")
    merged = rows.merged([*((line, 0.2) for line in words), *((line, 0.1) for line in letters)])
    raw = graph_scores(merged, data, data.columns)
    native = np.zeros_like(raw)
    for line, weight in [*((line, 0.2) for line in words), *((line, 0.1) for line in letters)]:
        native += weight * (rows._matrices[line.unit] @ line.solution[:-1] + line.solution[-1])
    np.testing.assert_allclose(raw, native, rtol=1e-5, atol=1e-6 * (1 + np.abs(native).max()))
    explainer = TextLineExplainer(merged.details, merged.files)
    scores = raw if classes != 2 else np.concatenate([-raw, raw], axis=1)
    found = explainer.attributions(data.columns, scores if classes else raw[:, 0], approximate=False)
    assert found.features == ("text", "number")
    assert not found.values[:, 1].any()
    told = scores.max(axis=1) if classes else raw[:, 0]
    np.testing.assert_allclose(found.baseline + found.values.sum(axis=1), told, rtol=1e-9, atol=1e-9)
    # Neither NULL nor an empty text says anything.
    assert not found.values[:2].any() or classes == 5


def test_the_time_ends_a_fit_with_what_there_is():
    data, folds = rows_of()
    rows = TextRows(data, folds)
    one = rows.fitted(0, {"reads": "words", "l2_reg": 0.001}, lambda: False).raw
    all_rounds = rows.fitted(0, {"reads": "words", "l2_reg": 0.001}, always).raw
    assert np.isfinite(one).all()
    assert np.abs(one).max() < np.abs(all_rounds).max()


def test_only_texts_that_are_read_are_tried():
    data, folds = rows_of()
    assert text_candidates(data) == TEXTS
    assert not only_texts(data)
    alone = TrainingData(
        data.columns.select(["text"]), data.features[:1], data.target, data.held_out, None, (0, 1), data.task, 1, 1
    )
    assert only_texts(alone)
    numbers = TrainingData(
        data.columns.select(["number"]), data.features[1:], data.target, data.held_out, None, (0, 1), data.task, 1, 1
    )
    assert text_candidates(numbers) == ()
    with pytest.raises(UntrainableModel, match="no time to cut all texts up into words"):
        TextRows(numbers, folds).fitted(0, {"reads": "words", "l2_reg": 1.0}, always)


def test_texts_that_take_too_long_are_not_cut_up():
    data, folds = rows_of()
    with pytest.raises(UntrainableModel, match="no time to cut all texts up into letters"):
        TextRows(data, folds, 0.1).fitted(0, {"reads": "letters", "l2_reg": 1.0}, always)
    assert TextRows(data, folds, 100.0).fitted(0, {"reads": "letters", "l2_reg": 1.0}, always).unit == "letters"


def test_other_folds_share_what_was_cut_up():
    data, folds = rows_of()
    rows = TextRows(data, folds)
    few = rows.of_folds(folds[1:])
    values = {"reads": "words", "l2_reg": 1.0}
    np.testing.assert_array_equal(few.fitted(0, values, always).solution, rows.fitted(1, values, always).solution)
    assert few._matrices is rows._matrices


def test_they_come_first_where_there_are_only_texts_and_after_the_first_trees_elsewhere():
    assert list(candidates((), (), TEXTS, only_texts=True)) == [*TEXTS, *PORTFOLIO]
    assert list(candidates((), (), TEXTS)) == [PORTFOLIO[0], *TEXTS[:2], *PORTFOLIO[1:], *TEXTS[2:]]
    board = [{"name": "words", "family": "text", "values": dict(TEXTS[0].values), "weight": 0.5}]
    assert winners(board) == TEXTS[:1]


@pytest.mark.parametrize("classes", [2, 40])
def test_a_table_of_texts_alone_has_a_good_model_soon(trained, classes):
    random = np.random.default_rng(6)
    label = np.arange(480) % classes
    told = [" ".join([*random.choice(OTHERS, 4), f"tells{value}", "나는"]) for value in label]
    table = pa.table({"text": told, "label": pa.array([f"c{value}" for value in label])})
    began = time.monotonic()
    model = trained(table, model_type="automl_classifier", max_candidates=2, budget_seconds=30)
    assert time.monotonic() - began < 31.5
    assert model.manifest.metrics["accuracy"] > 0.95
    board = model.manifest.details["search"]["leaderboard"]
    assert {row["family"] for row in board if row["weight"]} == {"text"}
    said = {each["kind"]: each["done"] for each in model.manifest.details["search"]["findings"]}
    assert said["free text"].endswith("Members of the ensemble weigh its words and letters one by one.")
    loaded = load_model(model.files, None)
    fresh = pa.table({"text": [None, "", f"tells1 {'word3 ' * 20_000}", "TELLS0 tells0 나는"]})
    scores = loaded.score(fresh)
    np.testing.assert_allclose(scores, loaded.score_through_graph(fresh), atol=1e-9)
    assert loaded.manifest.classes[int(scores[3].argmax())] == "c0"
    alone = loaded.score_row({"text": "TELLS0 tells0 나는"})
    np.testing.assert_allclose(alone, scores[3], atol=1e-9)
    found = loaded.explain(fresh)
    assert found.features == ("text",)
    assert found.values[3, 0] > 0


def test_an_interpretable_model_reads_texts_word_by_word(trained):
    random = np.random.default_rng(9)
    label = np.arange(300) % 2
    told = [" ".join([*random.choice(OTHERS, 3), str(random.choice(GOOD if value else BAD))]) for value in label]
    table = pa.table({"text": told, "number": random.normal(size=300), "label": [f"c{value}" for value in label]})
    model = trained(table, model_type="automl_classifier", interpretable=True, max_candidates=3, budget_seconds=30)
    assert model.manifest.metrics["accuracy"] > 0.95
    loaded = load_model(model.files, None)
    rows = pa.table({"text": [told[0]] * 2, "number": [-1.0, 1.0]})
    found = loaded.explain(rows)
    assert found.values[0, 0] == pytest.approx(found.values[1, 0], abs=1e-9)
    assert found.values[0, 0] > 0


def test_beside_numbers_a_text_is_one_member_among_others(trained):
    random = np.random.default_rng(7)
    label, number = np.arange(400) % 2, random.normal(size=400)
    told = [" ".join([*random.choice(OTHERS, 3), str(random.choice(GOOD if value else BAD))]) for value in label]
    table = pa.table({"text": told, "number": number, "label": label + number})
    model = trained(table, model_type="automl_regressor", max_candidates=3, budget_seconds=30)
    assert model.manifest.metrics["r2_score"] > 0.9
    details = model.manifest.details
    assert {row["family"] for row in details["search"]["leaderboard"]} >= {"boosted_trees", "text"}
    assert {"text_says", "text_spells"} & {each["name"] for each in details[DERIVED]["features"]}
    loaded = load_model(model.files, None)
    rows = table.drop_columns("label").slice(0, 50)
    scores = loaded.score(rows)
    found = loaded.explain(rows)
    assert set(found.features) == {"text", "number"}
    np.testing.assert_allclose(found.baseline + found.values.sum(axis=1), scores, atol=1e-6)


def test_topics_are_the_leading_singular_vectors():
    random = np.random.default_rng(8)
    latent = random.normal(size=(300, 6)) * [20, 15, 11, 8, 6, 4]
    matrix = latent @ random.normal(size=(6, 90)) * (random.random((300, 90)) < 0.3)
    found = leading(csr_matrix(matrix), 5, 1)
    known = TruncatedSVD(5, algorithm="arpack").fit(matrix).components_[::1].T
    np.testing.assert_allclose(np.abs(found.T @ known), np.eye(5), atol=0.01)
    assert (found[np.abs(found).argmax(axis=0), range(5)] > 0).all()
    np.testing.assert_array_equal(found, leading(csr_matrix(matrix), 5, 1))
