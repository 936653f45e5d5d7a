"""The data functions in a project: what they read are its edges, and skew is against what a version was trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE hours AS SELECT range / 10.0 AS 기온, range % 24 AS hr, {'kind': ['a', 'b'][range % 2 + 1]} AS place,
    range % 24 + range / 10.0 AS cnt FROM range(1200);
CREATE MODEL demand TRANSFORM (ML.STANDARD_SCALER(기온) OVER () AS 기온, hr, cnt)
OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT 기온, hr, cnt FROM hours;
CREATE MODEL placed OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['cnt'], max_iterations = 2)
AS SELECT place, hr, cnt FROM hours;
CREATE TABLE later AS SELECT * REPLACE (기온 + 100 AS 기온) FROM hours;
CREATE TABLE moved AS SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE hours, TABLE later);
CREATE TABLE near AS SELECT base.hr AS hr FROM VECTOR_SEARCH(
    (SELECT hr, [기온] AS v FROM hours), 'v', (SELECT [기온] AS v FROM later LIMIT 2), top_k => 1);
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": PROJECT})
    opened.run()
    return opened


def test_tables_are_made_after_both_tables_that_a_call_reads(work: Work) -> None:
    assert work.rows("SELECT input, is_anomaly FROM moved ORDER BY input") == [
        ("cnt", False),
        ("hr", False),
        ("place_kind", False),
        ("기온", True),
    ]
    assert work.rows("SELECT hr FROM near") == [(16,), (17,)]


def test_skew_is_told_of_the_columns_before_transform(work: Work) -> None:
    for data, far in (("hours", False), ("later", True)):
        rows = work.rows(f"SELECT input, is_anomaly FROM ML.VALIDATE_DATA_SKEW(MODEL demand, TABLE {data})")
        assert dict(rows) == {"기온": far, "hr": False}


def test_skew_is_told_of_a_structs_fields(work: Work) -> None:
    rows = work.rows("SELECT input, value FROM ML.VALIDATE_DATA_SKEW(MODEL placed, TABLE later)")
    assert rows == [("place_kind", 0.0), ("hr", 0.0)]
