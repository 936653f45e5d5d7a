from __future__ import annotations

from typing import Any

import duckdb
import pytest

from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span
from penstock.sql.statement import Query
from penstock.sql.transform import AnalyticCall, Expression, Star, freeze, transform_columns


def items(text: str, dialect: Any = "duckdb") -> tuple[Any, ...]:
    return transform_columns(Query(text, dialect, Span("m.sql", 4, 10, 4, 99)))


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_stars_with_and_without_exceptions(dialect: str) -> None:
    assert items("*", dialect) == (Star(),)
    (star,) = items("* EXCEPT (a, `널 값`) REPLACE (b + 1 AS b, upper(c) AS c)", dialect)
    assert star.excepted == ("a", "널 값")
    assert [(item.name, item.reads) for item in star.replaced] == [("b", ("b",)), ("c", ("c",))]
    assert items("* EXCLUDE a, b + 1 AS c")[0] == Star(("a",))


def test_plain_columns_and_expressions_keep_their_text() -> None:
    assert items('a, "널 값", s.field AS f, a * 2 + b AS "A B"') == (
        Expression("a", "a", ("a",)),
        Expression("널 값", '"널 값"', ("널 값",)),
        Expression("f", "s.field", ("s",)),
        Expression("A B", "a * 2 + b", ("a", "b")),
    )


def test_bigquery_expressions_become_duckdb() -> None:
    (item,) = items("IFNULL(SAFE_CAST(`a` AS FLOAT64), 0) AS x", "bigquery")
    assert item == Expression("x", 'COALESCE(TRY_CAST("a" AS DOUBLE), CAST(0 AS BIGINT))', ("a",))


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_analytic_calls_come_with_arguments_and_constants(dialect: str) -> None:
    (item,) = items("ML.ONE_HOT_ENCODER(c, 'none', 1000000, 0) OVER() AS `onehot`", dialect)
    assert item.name == "onehot"
    assert item.reads == ("c",)
    assert item.analytic == (AnalyticCall("ML.ONE_HOT_ENCODER", ("c",), ("none", 1000000, 0)),)


def test_frozen_calls_stand_inside_their_expression() -> None:
    (item,) = items("ML.STANDARD_SCALER(a + b) OVER () * ml.max_abs_scaler(c) OVER () + d AS x")
    assert set(item.reads) == {"a", "b", "c", "d"}
    assert [call.arguments for call in item.analytic] == [("a + b",), ("c",)]
    frozen = freeze(item, ["a + b - 10", "c / 4"])
    assert duckdb.execute(f"SELECT {frozen} FROM (SELECT 11 AS a, 2 AS b, 8 AS c, 1 AS d)").fetchone() == (7.0,)
    with pytest.raises(ValueError, match="2 analytic calls"):
        freeze(item, ["a"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(a) AS b", "aggregate"),
        ("a, avg(a) + 1 AS b", "aggregate"),
        ("(SELECT 1) AS b", "subquery"),
        ("row_number() OVER () AS b", "window function"),
        ("ML.STANDARD_SCALER(sum(a)) OVER () AS b", "aggregate"),
        ("ML.STANDARD_SCALER(a) OVER (PARTITION BY c) AS b", "without anything in it"),
        ("a + RANDOM() AS b", "RAND: the same row"),
        ("ML.STANDARD_SCALER(a + random()) OVER () AS b", "RAND: the same row"),
        ("uuid() AS b", "UUID: the same row"),
        ("uuidv7() AS b", "UUIDV7: the same row"),
        ("a + 1", "needs a name"),
        ("ML.STANDARD_SCALER(a) OVER ()", "needs a name"),
        ("a, b AS A", "name A twice"),
        ("a + AS b", "cannot be read"),
        ("* EXCEPT (a) c", "EXCEPT, REPLACE or a comma"),
        ("", "select list"),
    ],
)
def test_what_transform_cannot_hold(text: str, message: str) -> None:
    with pytest.raises(SyntaxProblem, match=message):
        items(text)


def test_a_problem_stands_at_its_item() -> None:
    with pytest.raises(SyntaxProblem) as caught:
        items("a,\n  sum(b) AS c")
    assert caught.value.diagnostics[0].span == Span("m.sql", 5, 3, 5, 9)
