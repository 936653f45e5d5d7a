"""Neural candidates of a search: how they read numbers, how they are fitted, and what becomes of them in the model."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import CorruptArtifact, MissingExtra, UntrainableModel
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.calibration import Stretch
from penstock.learn.automl.candidate import NEURAL, Candidate
from penstock.learn.automl.ensemble import Ensemble, EnsembleExplainer, LearnerPart
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import OutOfTime, graph_scores
from penstock.learn.automl.linear_candidate import LinearRows
from penstock.learn.automl.member_rows import MemberRows
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.network_candidate import NetworkRows
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import code_texts, features_of
from penstock.learn.learner import TrainingData
from penstock.learn.linear_input import linear_input
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.network_bag import WEIGHTS, explainers
from penstock.learn.neural_training import OneThread
from penstock.learn.piecewise_input import piecewise
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

RANDOM = np.random.default_rng(4)
ROWS = 300
VALUES = {"learning_rate": 0.003, "dropout": 0.1, "activation": "SELU"}
X, Y = RANDOM.normal(size=ROWS), RANDOM.exponential(size=ROWS) * 1e6
NOISE = RANDOM.normal(size=ROWS)
WORDS = RANDOM.choice(["가", "나", "다", None], ROWS)


def table():
    return pa.table(
        {
            "x": pa.array(X, mask=np.arange(ROWS) % 11 == 0),
            "y": np.where(np.arange(ROWS) % 50 == 3, np.inf, Y),
            "말": pa.array(WORDS, pa.string()),
            "list": pa.array(np.column_stack([X * 255, Y]).tolist()),
            "empty": pa.nulls(ROWS, pa.float64()),
            "one": np.full(ROWS, 7.0),
        }
    )


def rows(classes=(), weights=None, seconds=60.0, seed=1):
    sums = np.abs(X) + (WORDS == "나") + 0.3 * NOISE
    target = np.digitize(sums, np.quantile(sums, [0.5, 0.8])[: len(classes) - 1]) if classes else 1e4 * sums
    columns = table()
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    data = TrainingData(
        code_texts(columns, 1),
        features_of(columns),
        target.astype(float),
        np.zeros(ROWS, bool),
        weights,
        classes,
        task,
        seed=seed,
        threads=1,
    )
    folds = [Fold(np.arange(ROWS) % 2 == part, np.arange(ROWS) % 2 != part) for part in (0, 1)]
    return data, folds, read_by_networks(data, folds, Budget(seconds, 0.0))


def read_by_networks(data, folds, budget=None, metric=None):
    measure = metric_of(data.task, metric, len(data.classes))
    return NetworkRows(data, folds, measure, budget or Budget(60.0, 0.0))


def fitted(networks, number=0, gone=lambda: 0.0, goes_on=lambda: True, **values):
    return networks.fitted(number, {**VALUES, **values}, gone, goes_on)


def test_a_number_is_read_in_pieces_of_equally_many_rows():
    columns = pa.table({"x": np.arange(1001.0)})
    features = features_of(columns)
    read = piecewise(columns, features, linear_input(columns, features), 4)
    asked = pa.table({"x": [-1e9, 1.0, 126.0, 250.0, 375.0, 500.0, 998.0, 1e9, None, np.inf]})
    found = read.standardised(MatrixEncoder(features, read.codes).encode(asked))
    assert found.shape == (10, 4)
    np.testing.assert_allclose(found[0], -1)
    np.testing.assert_allclose(found[1], -1, atol=0.02)
    np.testing.assert_allclose(found[2], [0, -1, -1, -1], atol=0.02)
    np.testing.assert_allclose(found[3], [1, -1, -1, -1], atol=0.02)
    np.testing.assert_allclose(found[4], [1, 0, -1, -1], atol=0.02)
    np.testing.assert_allclose(found[5], [1, 1, -1, -1], atol=0.02)
    np.testing.assert_allclose(found[6:8], 1)
    # What is not there, or no number, is read as the mean of all rows.
    np.testing.assert_allclose(found[8], [0.75, 0.25, -0.25, -0.75], atol=0.01)
    np.testing.assert_allclose(found[9], found[8])


NUMBER = st.floats(-1e100, 1e100) | st.sampled_from([float("nan"), float("inf"), -float("inf")])


@given(st.lists(NUMBER | st.none(), min_size=2, max_size=40), st.integers(1, 9))
def test_pieces_hold_and_order_whatever_numbers_there_are(values, count):
    columns = pa.table({"x": pa.array(values, pa.float64())})
    features = features_of(columns)
    read = piecewise(columns, features, linear_input(columns, features), count)
    assert read.numbers <= count
    known = sorted({value for value in values if value is not None and np.isfinite(value)})
    asked = pa.table({"x": [None, np.nan, *known]})
    found = read.standardised(MatrixEncoder(features, read.codes).encode(asked))
    assert (np.abs(found) <= 1).all()
    assert (np.diff(found[2:], axis=0) >= 0).all()
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("values", "pieces"),
    [([5.0] * 50, 1), ([None] * 50, 1), ([0.0, 1.0] * 25, 1), ([0.0] * 999 + [8.0], 1), ([1.0, 2.0, 3.0] * 20, 2)],
)
def test_few_values_need_few_pieces(values, pieces):
    columns = pa.table({"x": pa.array(values, pa.float64())})
    features = features_of(columns)
    read = piecewise(columns, features, linear_input(columns, features), 16)
    assert read.numbers == pieces
    found = read.standardised(MatrixEncoder(features, read.codes).encode(columns))
    assert np.isfinite(found).all()
    assert len(np.unique(found, axis=0)) == len({value for value in values if value is not None} or {0})


def right(raw, target, classes):
    """How much of the target is told, from 0 to 1."""
    if not classes:
        return np.corrcoef(raw[:, 0], target)[0, 1]
    return np.mean((raw.argmax(axis=1) if len(classes) > 2 else raw[:, 0] > 0) == target)


@pytest.mark.parametrize("classes", [(), ("no", "yes"), ("low", "middle", "high")])
def test_networks_learn_what_no_line_can_and_are_one_part_of_the_graph(classes):
    data, folds, networks = rows(classes)
    found = [fitted(networks, number) for number in (0, 1)]
    judged = folds[0].judged
    raw, target = found[0].raw, data.target[judged]
    line = LinearRows(data, folds).fitted(0, {"l2_reg": 1.0}, lambda: True).raw
    assert right(raw, target, classes) > right(line, target, classes) + 0.05
    model = networks.merged(found)
    told = graph_scores(model, data, table())
    alone = graph_scores(networks.merged(found[1:]), data, table())
    scale = 1e4 if not classes else 1.0
    np.testing.assert_allclose(told[judged], (raw + alone[judged]) / 2, atol=1e-6 * scale)


def test_the_whole_is_explained_from_where_a_usual_row_stands():
    data, _, networks = rows(("no", "yes"))
    found = [fitted(networks, number) for number in (0, 1)]
    part = LearnerPart(NEURAL, 0.7, networks.merged(found), raw=True)
    whole = Ensemble(None, (), (part,), Stretch(), Link.LOGISTIC).fitted(data)
    scores = graph_scores(whole, data, table())
    why = EnsembleExplainer(whole.details, None, whole.files).attributions(table(), scores, approximate=False)
    odds = np.log(scores.max(axis=1) / scores.min(axis=1))
    np.testing.assert_allclose(why.prediction, odds, atol=1e-6)
    np.testing.assert_allclose(why.baseline + why.values.sum(axis=1), odds, atol=0.25)
    sizes = dict(zip(why.features, np.abs(why.values).mean(axis=0), strict=True))
    assert sizes["empty"] < 1e-9
    assert sizes["one"] < 1e-9
    assert max(sizes, key=sizes.get) in ("x", "말", "list")


def test_the_same_seed_gives_the_same_network_and_another_one_another():
    one, same, other = (fitted(rows(("no", "yes"), seed=seed)[2]) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.raw, same.raw)
    assert not np.array_equal(one.raw, other.raw)


def test_the_mean_absolute_error_asks_for_the_middle():
    data, folds, _ = rows()
    skewed = dataclasses.replace(data, target=np.where(np.arange(ROWS) % 10 < 6, 5.0, 5.0 + 100 * Y / Y.mean()))
    mean, middle = (fitted(read_by_networks(skewed, folds, metric=metric)).raw.mean() for metric in ("rmse", "mae"))
    assert middle < 30 < mean


def test_rows_count_as_much_as_they_weigh():
    weights = np.where(np.arange(ROWS) % 4 < 2, 1.0, 1e-9)
    data, _, _ = rows(("no", "yes"), weights)
    flipped = dataclasses.replace(data, target=np.where(weights < 1, 1 - data.target, data.target))
    folds = [Fold(np.arange(ROWS) < 200, np.arange(ROWS) >= 200)]
    told = [fitted(read_by_networks(each, folds)).raw for each in (data, flipped)]
    assert np.corrcoef(told[0][:, 0], told[1][:, 0])[0, 1] > 0.9


def test_steps_end_with_the_time_and_too_little_of_it_gives_no_network(monkeypatch):
    monkeypatch.setattr("penstock.learn.cooled_network._PATIENCE", 99)
    _, _, networks = rows(("no", "yes"))
    steps = itertools.count()
    found = fitted(networks, gone=lambda: next(steps) / 250)
    assert 250 <= next(steps) <= 252
    assert found.raw.std() > 0.1
    few = itertools.count()
    with pytest.raises(OutOfTime):
        fitted(networks, gone=lambda: next(few) / 60)
    assert next(few) < 40


def test_other_folds_of_the_same_rows_are_fitted_when_hardly_any_time_is_left():
    data, folds, networks = rows(("no", "yes"))
    members = MemberRows(data, TreeRows(data, folds), folds, metric_of(data.task, None, 2), Budget(60.0, 55.0))
    members.networks = networks
    turned = members.of_folds(members.trees, folds[::-1])
    network = Candidate("network", NEURAL, VALUES)
    first = members.fitting(network, 1e9, lambda: None)(0)
    np.testing.assert_array_equal(fitted(networks).raw, first.raw)
    again = turned.fitting(network, 1e9, lambda: None)(0)
    np.testing.assert_array_equal(again.raw, networks.of_folds(folds[::-1]).fitted(0, VALUES, float, lambda: True).raw)
    assert len(again.raw) == folds[1].judged.sum()


def test_who_no_longer_waits_gets_what_there_is():
    _, _, networks = rows(("no", "yes"))
    asked = iter([True] * 40)
    assert np.isfinite(fitted(networks, goes_on=lambda: next(asked, False)).raw).all()


def test_short_searches_few_rows_and_large_tables_are_left_to_the_others(monkeypatch):
    data, folds, _ = rows()
    with pytest.raises(UntrainableModel, match="30 seconds and more"):
        read_by_networks(data, folds, Budget(29.0, 0.0))
    with pytest.raises(OutOfTime):
        read_by_networks(data, folds, Budget(60.0, 55.0))
    few = np.arange(ROWS) < 99
    with pytest.raises(UntrainableModel, match="99 rows are too few"):
        read_by_networks(data.of_rows(few), [Fold(fold.fitted[few], fold.judged[few]) for fold in folds])
    monkeypatch.setattr("penstock.learn.automl.network_candidate.MOST_CELLS", 100)
    with pytest.raises(UntrainableModel, match="too large for a network"):
        read_by_networks(data, folds)


def of_columns(columns, classes=("no", "yes")):
    data, folds, _ = rows(classes)
    features = features_of(columns)
    return dataclasses.replace(data, columns=code_texts(columns, 1), features=features), folds


def test_a_table_of_words_alone_is_read_by_the_words_that_occur_often():
    columns = pa.table({"word": table()["말"], "rare": [f"id {number // 2}" for number in range(ROWS)]})
    data, folds = of_columns(columns)
    networks = read_by_networks(data, folds)
    found = [fitted(networks, number) for number in (0, 1)]
    told = graph_scores(networks.merged(found), data, columns)
    assert len(np.unique(np.round(told, 9))) == 4
    yes = np.array([word == "나" for word in columns["word"].to_pylist()])
    assert told[yes].min() > told[~yes].max()


def test_names_and_tables_too_wide_are_left_to_the_others():
    data, folds = of_columns(pa.table({"name": [f"id {number}" for number in range(ROWS)]}))
    with pytest.raises(UntrainableModel, match="occurs often enough"):
        read_by_networks(data, folds)
    data, folds = of_columns(pa.table({"wide": pa.array(np.zeros((ROWS, 2_600)).tolist())}))
    with pytest.raises(UntrainableModel, match="too large"):
        read_by_networks(data, folds)


def test_a_search_without_pytorch_says_what_is_missing(monkeypatch):
    data, folds, _ = rows()
    monkeypatch.setattr("penstock.learn.automl.network_candidate.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"'penstock\[deep\]' is not installed"):
        read_by_networks(data, folds)


def test_an_artifact_without_the_weights_cannot_be_explained():
    _, _, networks = rows()
    model = networks.merged([fitted(networks, goes_on=lambda: False)])
    with pytest.raises(CorruptArtifact, match=WEIGHTS):
        explainers(model.details, {})


def test_pytorch_has_its_threads_back():
    before = torch.get_num_threads()
    _, _, networks = rows(("no", "yes"))
    seen = []
    fitted(networks, goes_on=lambda: seen.append(torch.get_num_threads()) is None and len(seen) < 5)
    assert set(seen) == {1}
    assert torch.get_num_threads() == before
    quiet = OneThread(torch)
    with quiet:
        with quiet:
            pass
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_a_network_is_a_member_like_any_other(trained, monkeypatch):
    portfolio = (Candidate("network", NEURAL, VALUES),)
    monkeypatch.setattr("penstock.learn.automl.candidate.PORTFOLIO", portfolio)
    monkeypatch.setattr("penstock.learn.automl.network_candidate._MOST_ROUNDS", 15)
    data, _, _ = rows(("no", "yes"))
    labelled = table().append_column("label", pa.array(data.target.astype(int)))
    kept = trained(labelled, model_type="automl_classifier", max_candidates=1, derived_features=False)
    (row,) = kept.manifest.details["search"]["leaderboard"]
    assert (row["name"], row["family"], row["weight"], row["skipped"]) == ("network", "neural", 1.0, None)
    assert kept.manifest.details["search"]["serving"]["within_limits"]
    assert row["score"] > 0.8
