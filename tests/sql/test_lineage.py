from __future__ import annotations

from typing import Any

from penstock.core.spans import Span
from penstock.sql.lineage import column_lineage
from penstock.sql.statement import Query

COLUMNS = {"raw.t": ["id", "Price", "수량"], "u": ["ID", "name"]}


def lineage(text: str, dialect: Any = "duckdb") -> dict[str, tuple[tuple[str, str], ...]]:
    return column_lineage(Query(text, dialect, Span("a.sql", 1, 1, 1, 1)), COLUMNS.get)


def test_columns_are_traced_through_common_tables_and_joins() -> None:
    text = (
        "WITH x AS (SELECT id, price * 수량 AS amount FROM raw.t) "
        "SELECT u.name AS Who, sum(x.amount) AS total, count(*) AS n "
        "FROM x JOIN u ON x.id = u.id GROUP BY u.name"
    )
    assert lineage(text) == {
        "Who": (("u", "name"),),
        "total": (("raw.t", "Price"), ("raw.t", "수량")),
        "n": (),
    }


def test_a_star_is_told_by_the_known_columns() -> None:
    assert lineage("SELECT * FROM raw.t") == {name: (("raw.t", name),) for name in COLUMNS["raw.t"]}


def test_both_sides_of_a_union_count() -> None:
    assert lineage("SELECT price AS a FROM raw.t UNION ALL SELECT name FROM u") == {
        "a": (("raw.t", "Price"), ("u", "name"))
    }


def test_bigquery_names_are_told() -> None:
    assert lineage("SELECT price FROM `p.raw.t`", "bigquery") == {"price": (("raw.t", "Price"),)}


def test_nothing_is_told_where_nothing_can_be() -> None:
    assert lineage("SELECT * FROM unknown") == {}
    assert lineage("SELECT * FROM ML.PREDICT(MODEL m, TABLE u)") == {}
    assert lineage("SELECT FROM WHERE") == {}
    assert lineage("INSERT INTO u SELECT * FROM u") == {}


def test_a_call_is_opaque_and_the_rest_is_not() -> None:
    assert lineage("SELECT p.score, u.name FROM ML.PREDICT(MODEL m, TABLE u) AS p JOIN u USING (id)") == {
        "score": (),
        "name": (("u", "name"),),
    }
