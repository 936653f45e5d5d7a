"""Where a name or a text stands in a statement."""

from __future__ import annotations

import pytest

from penstock.sql.parse import parse_script
from penstock.sql.place import place_of_name, place_of_text, string_literals
from penstock.sql.statement import AnyStatement, Dialect

SQL = """-- t, missing
CREATE TABLE t AS
  SELECT missing AS t, 'missing' AS x FROM s.Missing JOIN missing USING (x);
"""


def statement(text: str, dialect: Dialect = "duckdb") -> AnyStatement:
    script = parse_script(text, "a.sql", dialect)
    assert script.diagnostics == ()
    return script.statements[-1]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("t", "2:14-2:15"),
        ("s.missing", "3:44-3:53"),  # dotted, in any case
        ("missing", "3:44-3:53"),  # a table without its schema, rather than the column before it
        ("x", "3:37-3:38"),
        ("nowhere", "2:1-3:76"),
    ],
)
def test_a_name_is_found_where_it_names_an_object(name: str, place: str) -> None:
    span = place_of_name(statement(SQL), name)
    assert f"{span.line}:{span.column}-{span.end_line}:{span.end_column}" == place


def test_a_name_in_backquotes_is_found_without_its_project() -> None:
    found = statement("SELECT 1;  CREATE VIEW d.v AS\nSELECT * FROM `p.d.t`", "bigquery")
    assert str(place_of_name(found, "d.t")) == "a.sql:2:15"
    assert str(place_of_name(found, "d.v")) == "a.sql:1:24"


def test_texts_are_found_and_comments_are_not() -> None:
    found = statement("CREATE VIEW v AS /* 'no' */ SELECT 'it''s' AS a, \"b\" FROM 'x.csv' -- 'no'")
    assert [(text, str(span)) for text, span in string_literals(found)] == [
        ("it's", "a.sql:1:36"),
        ("x.csv", "a.sql:1:59"),
    ]
    assert str(place_of_text(found, "x.csv")) == "a.sql:1:59"
    assert place_of_text(found, "y.csv") == found.span
