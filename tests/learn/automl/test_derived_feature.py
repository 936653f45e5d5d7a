"""Derived features: their SQL and their graph agree, and only what helps on other rows is kept."""

from __future__ import annotations

import datetime
from contextlib import closing

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from penstock.lake.database import ArrowRows, open_lake
from penstock.learn.artifact import load_model, session_of
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.category_feature import category_features
from penstock.learn.automl.court import Court
from penstock.learn.automl.derivation import DERIVED, SORTS, derive
from penstock.learn.automl.derived_feature import (
    DerivedColumns,
    DerivedFeature,
    computable,
    derived_graph,
    rows_at_once,
)
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.ngram_model import ridge
from penstock.learn.automl.ngram_reading import NgramReading, Unit
from penstock.learn.automl.row_expression import (
    CHARACTER,
    WORD,
    column,
    combined,
    constant,
    ngrams,
    pattern_count,
    weighed,
)
from penstock.learn.automl.row_feature import number_features
from penstock.learn.automl.topic_feature import TOPICS, topic_features
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.cross_part import drawn_parts
from penstock.learn.feature_column import features_of
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.served_graph import served_graph
from penstock.learn.tree_graph import Link

WORDS = ["사과", "배", "좋다", "it's", "Fine", "fine", "O'Neil", "x1", "2024", '"q"']


def odd_table(rows: int = 300) -> pa.Table:
    random = np.random.default_rng(1)
    texts: list[str | None] = [" ".join(random.choice(WORDS, random.integers(0, 9))) for _ in range(rows)]
    texts[:3] = [None, "", "한 글"]
    codes: list[str | None] = [f"{'ABC'[row % 3]}{random.integers(0, 400)}" for row in range(rows)]
    codes[3] = None
    days: list[datetime.date | None] = [
        datetime.date(1960, 2, 27) + datetime.timedelta(int(ahead)) for ahead in random.integers(0, 40_000, rows)
    ]
    days[4] = None
    moments = [
        datetime.datetime(1968, 1, 1, 5, 6, 7, tzinfo=datetime.UTC) + datetime.timedelta(hours=int(ahead))
        for ahead in random.integers(0, 90_000, rows)
    ]
    number = random.normal(size=rows)
    number[5], number[6] = np.nan, np.inf
    return pa.table(
        {
            "텍스트": texts,
            "code": codes,
            "kind": random.choice(["가", 'b"', "c'"], rows).tolist(),
            "group": [f"g{place}" for place in random.integers(0, 12, rows)],
            "day": days,
            "moment": pa.array(moments, pa.timestamp("us", "UTC")),
            "number": number,
            "count": pa.array([None, *random.integers(0, 3, rows - 1).tolist()], pa.int64()),
            "pay_1": random.normal(size=rows),
            "pay_2": random.normal(size=rows),
            "pay_3": pa.array([None, *random.normal(size=rows - 1)]),
            "값": ["$0.5", None, *(f"${place % 90},{place % 900 + 100}.25" for place in range(rows - 2))],
        }
    )


def data_of(table: pa.Table, target: np.ndarray, classes: tuple = ()) -> TrainingData:
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    nowhere = np.zeros(len(target), np.bool_)
    return TrainingData(table, features_of(table), target.astype(float), nowhere, None, classes, task, 1, 1)


def queried(table: pa.Table, sql: str) -> pa.Table:
    """Return what DuckDB makes of a query over `given`."""
    with closing(open_lake(None)) as lake, closing(lake.connection()) as connection:
        connection.register("given", ArrowRows(table.schema, lambda: iter(table.to_batches())))
        return connection.table(sql)


def all_features(data: TrainingData) -> list:
    names = [feature.name for feature in data.features]
    return [item for make in SORTS.values() for item in make(data, names, lambda: True)]


@pytest.mark.parametrize("classes", [(), ("a", "b"), ("a", "b", "c")])
def test_sql_gives_what_the_graph_computes(classes):
    table = odd_table()
    target = np.arange(table.num_rows) % max(len(classes), 7)
    data = data_of(table, target, classes)
    made = all_features(data)
    assert {item.kind for item in made} == set(SORTS)
    assert computable(made, data.features) == made
    computed = DerivedColumns(derived_graph(made, data.features)).of(table, data.features)
    asked = ", ".join(f"{item.expression.sql} AS c{place}" for place, item in enumerate(made))
    found = queried(table.append_column("row", pa.array(range(len(target)))), f"SELECT {asked} FROM given ORDER BY row")
    for item, mine, theirs in zip(made, computed, found.columns, strict=True):
        if item.feature.arrow == "string":
            assert mine.to_pylist() == theirs.to_pylist(), item.name
            continue
        values = [np.asarray(of.to_numpy(zero_copy_only=False), float) for of in (mine, theirs.combine_chunks())]
        np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-9, err_msg=item.name)


def test_a_row_alone_is_computed_as_among_others():
    table = odd_table()
    data = data_of(table, np.arange(table.num_rows) % 5)
    made = all_features(data)
    graph = DerivedColumns(derived_graph(made, data.features))
    whole = graph.of(table, data.features)
    for row in (0, 1, 2, 9):
        alone = graph.of(table.slice(row, 1), data.features)
        for one, of in zip(alone, whole, strict=True):
            mine, among = one[0].as_py(), of[row].as_py()
            assert mine == (among if isinstance(among, str | None) else pytest.approx(among, abs=1e-12, nan_ok=True))


def test_counts_and_means_are_those_of_training():
    table = pa.table({"city": ["a"] * 6 + ["b"] * 3 + [None], "x": [1.0] * 6 + [4.0] * 3 + [9.0]})
    made = {item.name: item for item in category_features(data_of(table, np.arange(10)), ["city", "x"])}
    graph = derived_graph([made["x_mean_by_city"], made["x_minus_mean_by_city"]], features_of(table))
    seen = pa.table({"city": ["a", "b", "new", None], "x": [2.0, 2.0, 2.0, None]})
    mean, beyond = DerivedColumns(graph).of(seen, features_of(table))
    # An unseen word has the mean of all rows that have a city.
    assert mean.to_pylist() == [1.0, 4.0, 2.0, 2.0]
    assert beyond.to_pylist()[:3] == [1.0, -2.0, 0.0]
    assert np.isnan(beyond[3].as_py())


def test_what_words_say_is_said_by_models_of_other_rows():
    random = np.random.default_rng(0)
    words = [f"w{number}" for number in range(60)]
    texts = [" ".join(random.choice(words, 6)) for _ in range(400)]
    table = pa.table({"text": texts})
    noise = data_of(table, random.integers(0, 2, 400), (False, True))
    rows = NgramReading(noise.features[0], Unit.WORDS, (1, 2)).rows(table, 10_000, 3)
    fitted = ridge(rows, noise.target[:, None], None, drawn_parts(400, 1))
    # Labels drawn by lot are not told: the correlation is within four standard errors of none.
    assert abs(np.corrcoef(fitted.out_of_fold[:, 0], noise.target)[0, 1]) < 4 / np.sqrt(400)
    meant = np.array(["w7" in text.split() for text in texts], float)
    told = ridge(rows, meant[:, None], None, drawn_parts(400, 1))
    assert np.corrcoef(told.out_of_fold[:, 0], meant)[0, 1] > 0.8
    in_full = rows.matrix @ np.zeros((len(rows.words), 1)) + told.base
    assert in_full == pytest.approx(meant.mean())


def test_case_makes_no_other_word():
    table = pa.table({"text": ["Good day", "good DAY", "GOOD day", "bad"] * 5})
    data = data_of(table, np.array([1, 1, 1, 0] * 5), (False, True))
    rows = NgramReading(data.features[0], Unit.WORDS, (1, 2)).rows(table, 10_000, 3)
    assert sorted(rows.words) == ["bad", "day", "good", "good day"]
    assert dict(rows.forms)["GOOD"] == dict(rows.forms)["good"]


def products(rows: int, matters: bool) -> tuple[pa.Table, np.ndarray]:
    random = np.random.default_rng(2)
    first, second = random.uniform(1, 9, (2, rows))
    table = pa.table({"paid": first, "owed": second})
    return table, (np.log(first / second) if matters else first) + 0.01 * random.normal(size=rows)


@pytest.mark.parametrize("matters", [True, False])
def test_only_what_helps_is_kept(matters):
    table, target = products(400, matters)
    data = data_of(table, target)
    metric = metric_of(data.task, None, 0)
    folds = folds_of(data, "K_FOLD", None)
    budget = Budget(60.0, 1.0, clock=lambda: 0.0)
    rows = TreeRows(data, folds)
    found = derive(data, rows, folds, metric, Link.IDENTITY, budget, lambda done, most, note: None)
    if matters:
        assert [item.name for item in found.kept][-1:] == ["paid_per_owed"]
        assert found.data.columns.column_names[:2] == ["paid", "owed"]
        assert found.tried[-1]["gain"] > found.tried[-1]["error"] > 0
    else:
        assert found.kept == ()
        assert found.rows is rows


def test_a_sum_of_very_many_columns_is_computed_by_the_graph():
    values = np.random.default_rng(4).normal(size=(5, 1_501))
    table = pa.table({f"pay_{place}": values[:, place] for place in range(1_501)})
    (total,) = (item for item in number_features(features_of(table), []) if item.name == "pay_sum")
    assert computable([total], features_of(table)) == [total]
    (column,) = DerivedColumns(derived_graph([total], features_of(table))).of(table, features_of(table), 1)
    assert np.asarray(column) == pytest.approx(values.sum(axis=1))


def test_no_time_is_no_derived_feature():
    table, target = products(200, True)
    data = data_of(table, target)
    folds = folds_of(data, "K_FOLD", None)
    ticks = iter(range(10_000))
    budget = Budget(20.0, 1.0, clock=lambda: float(next(ticks)))
    found = derive(
        data,
        TreeRows(data, folds),
        folds,
        metric_of(data.task, None, 0),
        Link.IDENTITY,
        budget,
        lambda done, most, note: None,
    )
    assert found.kept == ()
    assert {each["skipped"] for each in found.tried} == {"no time left"}


@pytest.mark.parametrize(("seconds", "asked"), [(1e9, None), (12.0, 150), (1e-3, 400)])
def test_a_wide_table_is_asked_by_as_many_rows_as_there_is_time_for(monkeypatch, seconds, asked):
    monkeypatch.setattr("penstock.learn.automl.derivation._MANY_VALUES", 0)
    counts = []
    judged = Court.judgement
    monkeypatch.setattr(
        Court, "judgement", lambda court, rows, data: counts.append(len(data.target)) or judged(court, rows, data)
    )
    table, target = products(400, True)
    data = data_of(table, target)
    folds = folds_of(data, "K_FOLD", None)
    rows = TreeRows(data, folds)
    # As if it took so long to code all rows; there are 54 seconds.
    rows.seconds = seconds
    budget = Budget(360.0, 1.0, clock=lambda: 0.0)
    metric = metric_of(data.task, None, 0)
    found = derive(data, rows, folds, metric, Link.IDENTITY, budget, lambda done, most, note: None)
    if asked is None:
        assert {each["skipped"] for each in found.tried} == {"no time left"}
        assert not counts
    else:
        assert set(counts) == {asked}
        assert len(found.data.target) == 400


def test_a_model_with_them_scores_and_explains_raw_rows(trained):
    table, target = products(300, True)
    model = trained(table.append_column("label", pa.array(target)), model_type="automl_regressor", max_candidates=1)
    derived = model.manifest.details[DERIVED]
    assert {"paid_per_owed"} <= {item["name"] for item in derived["features"]}
    loaded = load_model(model.files, None)
    rows = table.slice(0, 40)
    scores = loaded.score(rows)
    assert np.corrcoef(scores, target[:40])[0, 1] > 0.98
    alone = loaded.score_row({"paid": table.column(0)[0].as_py(), "owed": table.column(1)[0].as_py()})
    assert alone[0] == pytest.approx(scores[0], abs=1e-9)
    found = loaded.explain(rows)
    assert found.features == ("paid", "owed")
    np.testing.assert_allclose(found.baseline + found.values.sum(axis=1), scores, atol=1e-6)
    ranked = {row["feature"] for row in model.manifest.details["importances"]}
    assert ranked == {"paid", "owed"}


def test_names_of_others_stay_theirs():
    random = np.random.default_rng(2)
    first, second = random.uniform(1, 9, (2, 300))
    table = pa.table({"A": first, "b": second, "a_per_b": np.ones(300)})
    data = data_of(table, np.log(first / second))
    folds = folds_of(data, "K_FOLD", None)
    budget = Budget(60.0, 1.0, clock=lambda: 0.0)
    metric = metric_of(data.task, None, 0)
    found = derive(data, TreeRows(data, folds), folds, metric, Link.IDENTITY, budget, lambda *told: None)
    names = found.data.columns.column_names
    assert "A_per_b_2" in names
    assert len({name.casefold() for name in names}) == len(names)


def test_a_transform_wraps_the_whole_graph_once_more(trained):
    table, target = products(300, True)
    doubled = pa.table({"paid": table["paid"], "owed": pc.multiply(table["owed"], 2.0)})
    model = trained(doubled.append_column("label", pa.array(target)), model_type="automl_regressor", max_candidates=1)
    loaded = load_model(model.files, None)
    assert DERIVED in loaded.details
    inputs = features_of(table)
    twice = combined("multiply", "*", column(inputs[1]), constant(2.0))
    served = served_graph(
        model.files["model.onnx"], loaded.manifest.features, {"paid": column(inputs[0]), "owed": twice}, inputs
    )
    scores = session_of(served).run(None, graph_input(table, inputs))[0]
    np.testing.assert_allclose(scores[:, 0], loaded.score(doubled), rtol=1e-12)


def test_rows_of_no_text_are_computed_too():
    table = pa.table({"text": pa.array([None] * 3, pa.string())})
    of = column(features_of(table)[0])
    made = [
        DerivedFeature("length", "text", pattern_count(of, CHARACTER)),
        DerivedFeature(
            "says", "text", weighed(ngrams(of, WORD, (1, 2), " "), ["a"], np.ones((1, 1)), np.full(1, 0.5))[0]
        ),
    ]
    graph = DerivedColumns(derived_graph(made, features_of(table)))
    length, says = graph.of(table, features_of(table))
    assert np.isnan(length.to_numpy()).all()
    assert says.to_pylist() == [0.5] * 3
    assert [len(found) for found in graph.of(table.slice(0, 0), features_of(table))] == [0, 0]


def test_of_many_rows_some_are_asked_and_all_get_the_columns(monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.derivation.MOST_ROWS", 300)
    monkeypatch.setattr("penstock.learn.automl.text_feature._MOST_ROWS", 200)
    random = np.random.default_rng(4)
    texts = [" ".join(random.choice(WORDS, 5)) for _ in range(900)]
    data = data_of(pa.table({"text": texts}), np.array(["좋다" in text for text in texts]), (False, True))
    folds = folds_of(data, "K_FOLD", None)
    budget = Budget(60.0, 1.0, clock=lambda: 0.0)
    metric = metric_of(data.task, "log_loss", 2)
    rows = TreeRows(data, folds)
    found = derive(data, rows, folds, metric, Link.LOGISTIC, budget, lambda *told: None)
    of_label = next(item for item in found.kept if item.cross_fitted is not None)
    says = np.asarray(found.data.columns.column(of_label.name).combine_chunks())
    assert found.data.columns.num_rows == len(says) == 900
    assert np.isfinite(says).all()
    assert np.corrcoef(says, data.target)[0, 1] > 0.8


def test_topics_of_all_rows_are_those_that_were_asked_about(monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.derivation.MOST_ROWS", 300)
    random = np.random.default_rng(4)
    common = np.arange(900) % 3
    texts = [" ".join(random.choice(WORDS[3 * place : 3 * place + 4], 6)) for place in common]
    data = data_of(pa.table({"text": texts}), common / 2 + np.sin(np.arange(900)) / 9)
    asked = data.of_rows(np.isin(np.arange(900), np.unique(np.linspace(0, 899, 300).astype(int))))
    known = {item.name: item.expression.sql for item in topic_features(asked)}
    monkeypatch.setattr("penstock.learn.automl.derivation.SORTS", {TOPICS: SORTS[TOPICS]})
    folds = folds_of(data, "K_FOLD", None)
    budget = Budget(60.0, 1.0, clock=lambda: 0.0)
    rows = TreeRows(data, folds)
    found = derive(data, rows, folds, metric_of(data.task, None, 0), Link.IDENTITY, budget, lambda *told: None)
    assert found.kept
    assert all(item.expression.sql == known[item.name] for item in found.kept)
    assert found.data.columns.num_rows == 900


def test_long_texts_are_computed_a_few_rows_at_once():
    table = pa.table({"text": ["x" * 100_000, "short", None]})
    assert rows_at_once(table, features_of(table)) == 2
    assert rows_at_once(table.slice(1), features_of(table)) == 1_024
