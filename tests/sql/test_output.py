"""What the select list of a query says about its output columns."""

from __future__ import annotations

import pytest

from penstock.core.spans import Span
from penstock.sql.output import OutputColumn, OutputStar, ReadColumn, output_list
from penstock.sql.statement import Dialect, Query


def listed(text: str, dialect: Dialect = "duckdb") -> tuple[OutputColumn | OutputStar, ...]:
    return output_list(Query(text, dialect, Span("a.sql", 1, 1, 1, 1)))


@pytest.mark.parametrize(
    ("item", "name", "reads", "row_wise"),
    [
        ("cnt", "cnt", ["cnt"], True),
        ("h.cnt AS c", "c", ["h.cnt"], True),
        ("a + b AS c", "c", ["a", "b"], True),
        ("a + a + 1", None, ["a"], True),
        ("1 AS one", "one", [], True),
        ("CASE WHEN y = 'yes' THEN 1 END AS label", "label", ["y"], True),
        ("lag(cnt) OVER (ORDER BY at) AS p", "p", ["cnt", "at"], False),
        ("sum(cnt) AS s", "s", ["cnt"], False),
        ("(SELECT max(x) FROM z) AS m", "m", ["x"], False),
    ],
)
def test_a_column_has_its_name_and_what_it_reads(item: str, name: str | None, reads: list[str], row_wise: bool) -> None:
    [column] = listed(f"SELECT {item} FROM hours h")
    assert isinstance(column, OutputColumn)
    shown = [".".join(filter(None, (read.source, read.name))) for read in column.reads]
    assert (column.name, shown, column.row_wise) == (name, reads, row_wise)


@pytest.mark.parametrize(
    ("query", "star"),
    [
        ("SELECT * FROM s.hours", OutputStar(None, (), "s.hours")),
        ("FROM hours", OutputStar(None, (), "hours")),
        ("SELECT h.* FROM hours h", OutputStar("h", (), "hours")),
        ("SELECT struct_column.* FROM hours h", OutputStar("struct_column", (), None)),
        ("SELECT * EXCLUDE (a) REPLACE (x + 1 AS b) FROM hours", OutputStar(None, ("a", "b"), "hours")),
        ("SELECT * FROM hours JOIN weather USING (at)", OutputStar(None, (), None)),
        ("SELECT * FROM 'hour.csv'", OutputStar(None, (), None)),
        ("SELECT * FROM (SELECT 1 AS x)", OutputStar(None, (), None)),
        ("WITH hours AS (SELECT 1 AS x) SELECT * FROM hours", OutputStar(None, (), None)),
        ("SELECT * FROM ML.PREDICT(MODEL m, TABLE hours)", OutputStar(None, (), None)),
        ("SELECT COLUMNS('a.*') FROM hours", OutputStar(None, (), None)),
    ],
)
def test_a_star_says_whose_columns_it_stands_for(query: str, star: OutputStar) -> None:
    assert listed(query) == (star,)


def test_bigquery_drops_the_project_and_says_except() -> None:
    assert listed("SELECT * EXCEPT (a) FROM `p.d.t`", "bigquery") == (OutputStar(None, ("a",), "d.t"),)


def test_a_group_makes_its_columns_depend_on_other_rows() -> None:
    [column] = listed("SELECT day FROM hours GROUP BY day")
    assert column == OutputColumn("day", (ReadColumn(None, "day"),), False)


def test_a_union_has_the_columns_of_its_first_select_and_values_have_none() -> None:
    assert [getattr(item, "name", None) for item in listed("(SELECT a FROM x) UNION SELECT b FROM y")] == ["a"]
    assert listed("VALUES (1)") == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ReadColumn(None, "A"), ReadColumn("t", "a"), True),
        (ReadColumn("T", "a"), ReadColumn("t", "a"), True),
        (ReadColumn("s", "a"), ReadColumn("t", "a"), False),
        (ReadColumn(None, "a"), ReadColumn(None, "b"), False),
    ],
)
def test_columns_may_be_the_same_unless_name_or_source_differ(one: ReadColumn, other: ReadColumn, same: bool) -> None:
    assert one.may_be(other) is same
    assert other.may_be(one) is same
