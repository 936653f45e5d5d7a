"""What stands in BigQuery's scripts besides scripting: its select lists, SAFE_ functions, structs, quoted names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]


def test_columns_are_left_out_and_replaced(open_work: OpenWork) -> None:
    result = open_work().sql(
        "SELECT * EXCEPT (b) REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)", "bigquery"
    )
    assert result.table().to_pylist() == [{"a": 2, "c": 3}]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("SAFE_DIVIDE(1, 0)", None),
        ("SAFE_CAST('x' AS INT64)", None),
        ("SAFE_MULTIPLY(9223372036854775807, 2)", None),
        ("SAFE_ADD(9223372036854775807, 1)", None),
        ("SAFE_SUBTRACT(3, 1)", 2),
        ("SAFE_NEGATE(3)", -3),
        ("SAFE.SUBSTR('abc', 2)", "bc"),
        ("[1, 2][SAFE_OFFSET(5)]", None),
        ("[1, 2][SAFE_ORDINAL(1)]", 1),
    ],
)
def test_safe_functions_give_null_and_no_error(open_work: OpenWork, expression: str, value: object) -> None:
    assert open_work().rows(f"SELECT {expression} AS x", "bigquery") == [(value,)]


def test_the_fields_of_structs_in_an_array_are_columns(open_work: OpenWork) -> None:
    work = open_work()
    for array in (
        "[STRUCT(1 AS n, 'x' AS w), STRUCT(2, 'y')]",
        "[STRUCT(1 AS n, 'x' AS w), (2, 'y')]",
        "ARRAY<STRUCT<n INT64, w STRING>>[(1, 'x'), STRUCT(2, 'y')]",
    ):
        assert work.rows(f"SELECT n, w FROM UNNEST({array}) ORDER BY n", "bigquery") == [(1, "x"), (2, "y")]
        text = f"SELECT s.n, w, place FROM UNNEST({array}) AS s WITH OFFSET AS place ORDER BY n"
        assert work.rows(text, "bigquery") == [(1, "x", 0), (2, "y", 1)]
    text = "SELECT s.n, x FROM (SELECT [STRUCT(1 AS n)] AS items), UNNEST(items) AS s, UNNEST([7, 8]) AS x ORDER BY x"
    assert work.rows(text, "bigquery") == [(1, 7), (1, 8)]


def test_back_quotes_hold_one_part_of_a_name_or_all(open_work: OpenWork) -> None:
    work = open_work()
    work.sql("CREATE TABLE `my-project.shop`.orders AS SELECT 1 AS `도시 이름`", "bigquery")
    for name in ("`my-project.shop.orders`", "`my-project`.`shop`.`orders`", "`shop.orders`", "my-project.shop.orders"):
        assert work.rows(f"SELECT o.`도시 이름` FROM {name} AS o WHERE `도시 이름` = 1", "bigquery") == [(1,)]
