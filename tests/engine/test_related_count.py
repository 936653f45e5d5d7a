"""Counting in related tables keeps to its share of a training's time, and what is left out for that is told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from penstock.core.options import GivenOption
from penstock.core.related_table import RelatedTable
from penstock.engine.related_count import counted, counting_seconds
from penstock.engine.related_rows import TrainingQuery
from penstock.learn.related_feature import RelatedFeature, RelatedFeatures

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
ROWS = 10_000
ORDERS = RelatedTable("orders", "customer", "ordered_at", "customer")


@dataclass
class Pace:
    """A clock on which counting takes a millisecond a row, and what was counted for."""

    now: float = 0.0
    asked: list[int] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def counting(self, rows: str) -> str:
        part = re.search(r"reservoir\((\d+) ROWS\)", rows)
        self.asked.append(int(part.group(1)) if part else ROWS)
        self.now += 1e-3 * self.asked[-1]
        return f"SELECT *, 2 * row AS orders_count FROM ({rows})"


@pytest.mark.parametrize(
    ("seconds", "asked"),
    [(60.0, [1_000, ROWS]), (5.0, [1_000, 2_000]), (0.5, [1_000])],
    ids=["for all", "for a part", "for the first"],
)
def test_rows_are_counted_for_while_there_is_time(open_work: OpenWork, monkeypatch, seconds, asked):
    pace = Pace()
    monkeypatch.setattr("penstock.engine.related_count.time", pace)
    related = RelatedFeatures("at", (RelatedFeature("orders_count", ORDERS, "count"),))
    query = TrainingQuery(f"SELECT range AS row FROM range({ROWS})", related, pace.counting)
    connection = open_work({}).session.lake.connection()
    found = counted(connection, query, query.own, seconds)
    connection.close()
    assert pace.asked == asked
    assert (found.table.num_rows, found.left_out) == (asked[-1], ROWS - asked[-1])
    assert len(set(found.table["row"].to_pylist())) == asked[-1]
    told = f"The search looks at {asked[-1]:,} of 10,000 rows: to count in orders for all of them would take"
    assert found.related.told.startswith(told) == (asked[-1] < ROWS)


@pytest.mark.parametrize(
    ("options", "seconds"), [({}, 21.0), ({"budget_seconds": 100}, 35.0), ({"budget_hours": 1}, 1260.0)], ids=str
)
def test_a_third_of_the_time_is_for_counting(options, seconds):
    spec = SimpleNamespace(options={name: GivenOption(value) for name, value in options.items()})
    assert counting_seconds(spec) == pytest.approx(seconds)


MANY = """
CREATE TABLE asked AS
SELECT i % 90 AS customer, DATE '2024-03-01' + (i % 100)::INTEGER AS asked_at, i % 7 AS age, i % 7 > 3 AS label
FROM range(300) AS t (i);

CREATE VIEW orders AS
SELECT hash(i) % 90 AS customer, TIMESTAMP '2024-01-01' + to_seconds((hash(i * 7) % 20000000)::BIGINT) AS ordered_at,
       sqrt(hash(i * 3) % 100) AS amount
FROM range(400000000) AS t (i);

CREATE MODEL m OPTIONS (
    model_type = 'automl_classifier', max_candidates = 1, derived_features = FALSE, budget_seconds = 10,
    relations = [STRUCT('orders' AS table, 'customer' AS key, 'ordered_at' AS event_time)], time_col = 'asked_at')
AS SELECT * FROM asked;
"""


@pytest.mark.slow
def test_a_table_that_takes_too_long_is_gone_without_and_that_is_told(open_work: OpenWork):
    work = open_work({"p.sql": MANY})
    began = time.monotonic()
    work.run()
    assert time.monotonic() - began < 30
    told = "The model goes without what orders tells of the rows: counting in orders took more than 3.5 s."
    assert told in work.notices
    # Neither keys nor what would have been counted is asked for.
    assert work.rows("SELECT input FROM ML.FEATURE_INFO(MODEL m)") == [("age",)]
    assert work.rows("SELECT predicted_label FROM ML.PREDICT(MODEL m, (SELECT 6 AS age))") == [(True,)]
