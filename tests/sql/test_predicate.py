from __future__ import annotations

from typing import Any

import duckdb
import pytest

from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span
from penstock.sql.predicate import Comparison, ordered_comparisons, predicate_to_duckdb
from penstock.sql.statement import Query


def predicate(text: str, dialect: Any = "duckdb") -> Query:
    return Query(text, dialect, Span("a.sql", 1, 1, 1, 1))


def test_a_predicate_runs_over_the_relations_it_names() -> None:
    text = predicate_to_duckdb(predicate("roc_auc >= 0.8 AND roc_auc >= champion.roc_auc - 0.01"))
    relations = "(SELECT 0.85 AS roc_auc) AS candidate, (SELECT 0.9 AS roc_auc) AS champion"
    with pytest.raises(duckdb.BinderException):
        duckdb.execute(f"SELECT {text} FROM {relations}")
    relations = "(SELECT 0.85 AS roc_auc) AS judged CROSS JOIN (SELECT {'roc_auc': 0.9} AS champion) AS others"
    assert duckdb.execute(f"SELECT {text} FROM {relations}").fetchone() == (False,)


def test_a_bigquery_predicate_is_translated() -> None:
    assert predicate_to_duckdb(predicate("IFNULL(`a`, 0) > 1", "bigquery")) == 'COALESCE("a", CAST(0 AS BIGINT)) > 1'


def test_a_query_is_no_predicate() -> None:
    with pytest.raises(SyntaxProblem):
        predicate_to_duckdb(predicate("a > 1; b"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a >= 1", [("a", ">=", "1")]),
        ("0.5 < s.a", [("s.a", ">", "0.5")]),
        ("a = champion.a - 0.01", [("a", "=", "champion.a - 0.01")]),
        ("(a > 1 AND ((b <> 2))) OR c <= 3", [("a", ">", "1"), ("b", "<>", "2"), ("c", "<=", "3")]),
        ('"널 비율" > 0.05', [("널 비율", ">", "0.05")]),
        ("a BETWEEN 1 AND 2 AND b < 3", [("", "", ""), ("b", "<", "3")]),
        ("CASE WHEN a > 1 AND b THEN c END", [("", "", "")]),
        ("abs(a) > 1", [("", "", "")]),
        ("NOT (a > 1 AND b > 2)", [("", "", "")]),
        ("a IS NULL", [("", "", "")]),
        ("(a + b) > (c)", [("", "", "")]),
    ],
)
def test_the_parts_of_a_predicate(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = ordered_comparisons(predicate(text))
    assert [(part.column, part.operator, part.value) for part in found] == expected


def test_each_part_keeps_its_text() -> None:
    assert ordered_comparisons(predicate("max_psi  > 0.2 or (accuracy<0.7)")) == (
        Comparison("max_psi", ">", "0.2", "max_psi  > 0.2"),
        Comparison("accuracy", "<", "0.7", "accuracy<0.7"),
    )
