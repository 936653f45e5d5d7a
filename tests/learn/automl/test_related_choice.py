"""Of what other tables tell of the rows, a search keeps what helps."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.related_table import TIME_COL, RelatedTable, related_tables, relations_problem
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.related_choice import RelatedChoice, chosen_related
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.related_feature import RELATED, RelatedFeatures, planned
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

ORDERS = RelatedTable("orders", "customer", "at", "customer", windows=(30,))
OPTIONS = {"validation": "K_FOLD", "data_split_method": "NO_SPLIT", "data_split_folds": None}


def made() -> RelatedFeatures:
    return planned("asked_at", [ORDERS], [pa.schema({"customer": pa.int64(), "at": pa.date32()})], [])


def rows(count: int, matters: bool, own: bool = True) -> TrainingData:
    random = np.random.default_rng(5)
    columns = {"customer": np.arange(count) % 7, **({"age": random.normal(size=count)} if own else {})}
    columns |= {feature.name: random.uniform(0, 9, count) for feature in made().features}
    target = columns["orders_count_30d"] if matters else np.zeros(count)
    table = pa.table(columns)
    held_out = np.zeros(count, np.bool_)
    held_out[:10] = True
    return TrainingData(
        table,
        features_of(table),
        target + columns.get("age", 0.0) + 0.1 * random.normal(size=count),
        held_out,
        None,
        (),
        Task.REGRESSION,
        1,
        1,
        named={TIME_COL: pa.table({"asked_at": pa.array([datetime.date(2024, 1, 1)] * count)})},
        related=made(),
    )


def chosen(data: TrainingData, clock=lambda: 0.0) -> RelatedChoice:
    metric = metric_of(Task.REGRESSION, None, 0)
    return chosen_related(data, OPTIONS, metric, Link.IDENTITY, Budget(60.0, 1.0, clock=clock), lambda *told: None)


@pytest.mark.parametrize("own", [True, False])
def test_what_helps_is_kept_and_keys_are_no_features(own):
    found = chosen(rows(400, True, own))
    names = [feature.name for feature in found.data.features]
    assert "orders_count_30d" in names
    assert "customer" not in names
    assert ("age" in names) is own
    assert found.data.columns.column_names == names
    assert found.data.columns.num_rows == 400
    kept = [item["name"] for item in found.details[RELATED]["features"]]
    assert kept == [name for name in names if name != "age"]
    assert [item["name"] for item in found.details[RELATED]["inputs"]] == ["asked_at", "customer"]
    assert found.notes == (f"Of 3 features made of orders, {len(kept)} are kept.",)


def test_what_does_not_help_is_not_asked_of_any_caller():
    found = chosen(rows(400, False))
    assert [feature.name for feature in found.data.features] == ["age"]
    assert found.details == {}
    assert found.notes == ("What orders tells of the rows does not help: the model goes without it.",)


def test_few_rows_and_no_time_keep_what_was_asked_for():
    few = chosen(rows(60, False))
    assert few.notes == ("Of 3 features made of orders, 3 are kept (too few rows to ask whether they help).",)
    ticks = iter(range(10_000))
    late = chosen(rows(400, False), clock=lambda: 5.0 * next(ticks))
    assert late.notes == ("Of 3 features made of orders, 3 are kept (no time left to ask whether they help).",)


def test_rows_without_relations_are_left_alone():
    data = rows(60, True)
    alone = TrainingData(data.columns, data.features, data.target, data.held_out, None, (), Task.REGRESSION, 1, 1)
    assert chosen(alone) == RelatedChoice(alone)


def test_relations_are_read_as_they_are_written():
    given = {"table": "`p.shop.orders`", "key": "customer", "event_time": "at", "row_key": "who", "windows": [90, 7]}
    assert related_tables([given]) == (RelatedTable("shop.orders", "customer", "at", "who", None, (7, 90)),)
    assert relations_problem([given]) is None
    assert related_tables(None) == ()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "a list of STRUCT('orders' AS table"),
        ([["orders"]], "a list of STRUCT('orders' AS table"),
        ([{"tabel": "t"}], "'tabel' is none of them (did you mean 'table'?)"),
        ([{"table": "t", "key": "k"}], "lacks event_time"),
        ([{"table": "t", "key": "k", "event_time": 3}], "event_time is a name"),
        ([{"table": "t", "key": "k", "event_time": "e", "windows": [0]}], "windows is a list of whole days"),
    ],
)
def test_a_slip_in_relations_is_told(value, told):
    assert told in relations_problem(value)
    assert related_tables(value) == ()
