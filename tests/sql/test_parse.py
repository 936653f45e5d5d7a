from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.spans import Span
from penstock.sql.parse import parse_script
from penstock.sql.quoting import quote_identifier, quote_literal
from penstock.sql.statement import CreateModel, CreateTable, Passthrough, SetDialect, Show


def test_every_statement_knows_its_text_and_its_span() -> None:
    text = "-- first\nCREATE TABLE t\n  AS SELECT 1;\n\n  SHOW MODELS -- last\n;"
    table, show = parse_script(text, "a/b.sql").statements
    assert isinstance(table, CreateTable)
    assert table.text == "CREATE TABLE t\n  AS SELECT 1"
    assert table.span == Span("a/b.sql", 2, 1, 3, 14)
    assert table.query.text == "SELECT 1"
    assert table.query.span == Span("a/b.sql", 3, 6, 3, 14)
    assert isinstance(show, Show)
    assert show.span == Span("a/b.sql", 5, 3, 5, 14)


def test_an_option_knows_where_its_key_stands() -> None:
    script = parse_script("CREATE MODEL m OPTIONS (\n  a = 1,\r\n\t모델 = 2) AS SELECT 1", "m.sql")
    model = script.statements[0]
    assert isinstance(model, CreateModel)
    assert model.options["a"].span == Span("m.sql", 2, 3, 2, 4)
    assert model.options["모델"].span == Span("m.sql", 3, 2, 3, 4)


def test_one_wrong_statement_does_not_hide_the_others() -> None:
    script = parse_script("CREATE MODLE x; SHOW MODELS; CREATE TABLE t AS SELECT 1 +; SHOW RUNS", "a.sql")
    assert [type(statement) for statement in script.statements] == [Show, Show]
    assert [(finding.span.line, finding.span.column) for finding in script.diagnostics if finding.span] == [
        (1, 8),
        (1, 57),
    ]


def test_what_stands_before_an_open_quote_is_read() -> None:
    script = parse_script("SHOW MODELS; SELECT 1 -- it's\n, 'abc; SHOW RUNS", "a.sql")
    assert [type(statement) for statement in script.statements] == [Show]
    (finding,) = script.diagnostics
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (2, 3)


def test_positions_hold_after_the_dialect_changes() -> None:
    script = parse_script("SET dialect = 'bigquery';\nSELECT `a`;\nCREATE MODLE `x`", "a.sql")
    assert isinstance(script.statements[0], SetDialect)
    passed = script.statements[1]
    assert isinstance(passed, Passthrough)
    assert passed.query.dialect == "bigquery"
    assert passed.span == Span("a.sql", 2, 1, 2, 11)
    assert script.diagnostics[0].span == Span("a.sql", 3, 8, 3, 13)


def test_a_passthrough_says_whether_it_calls_ml_functions() -> None:
    texts = {
        "SELECT * FROM ML.PREDICT(MODEL m, TABLE t)": True,
        "EXPLAIN SELECT * FROM ml . weights(MODEL m)": True,
        "SELECT ML.BUCKETIZE(a, [1]) FROM t": True,
        "SELECT 'ML.PREDICT(' AS a -- ML.PREDICT(\n": False,
        "SELECT ml.predict FROM ml": False,
        "SELECT x.ml.predict(1)": False,
    }
    for text, expected in texts.items():
        (statement,) = parse_script(text, "a.sql").statements
        assert isinstance(statement, Passthrough)
        assert statement.has_functions is expected, text


def test_what_sqlglot_cannot_read_still_goes_to_duckdb_unless_it_calls_a_model() -> None:
    assert parse_script("SELECT a FROM ((( t", "a.sql").diagnostics == ()
    assert len(parse_script("SELECT a FROM ((( ML.PREDICT(MODEL m, TABLE t)", "a.sql").diagnostics) == 1


names = st.text(min_size=1, max_size=12).filter(lambda name: "\0" not in name and "." not in name)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)
values: st.SearchStrategy[Any] = st.one_of(scalars, st.lists(scalars, max_size=4))


def as_sql(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "False"
    if isinstance(value, str):
        return quote_literal(value)
    if isinstance(value, list):
        return f"[{', '.join(map(as_sql, value))}]"
    return repr(value)


@given(value=values)
def test_option_values_come_back_as_they_were_written(value: Any) -> None:
    script = parse_script(f"CREATE MODEL m OPTIONS (a = {as_sql(value)}) AS SELECT 1", "a.sql")
    (model,) = script.statements
    assert isinstance(model, CreateModel)
    assert model.options["a"].value == value
    assert type(model.options["a"].value) is type(value)


@given(schema=names, name=names)
def test_quoted_names_come_back_as_they_were_written(schema: str, name: str) -> None:
    text = f"CREATE MODEL {quote_identifier(schema)}.{quote_identifier(name)} AS SELECT 1"
    (model,) = parse_script(text, "a.sql").statements
    assert isinstance(model, CreateModel)
    assert model.name == f"{schema}.{name}"


@given(st.text("SELECTcreatmodl ()[]{}'\"`;,.=-/*#$\n1한", max_size=60), st.sampled_from(["duckdb", "bigquery"]))
def test_no_text_brings_the_reader_down(text: str, dialect: Any) -> None:
    script = parse_script(text, "a.sql", dialect)
    for statement in script.statements:
        assert statement.text in text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM ML.PREDICT(MODEL m, " + "(" * 3000 + "SELECT 1" + ")" * 3000 + ")",
        "CREATE TABLE t AS SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "CREATE MODEL m OPTIONS (a = " + "[" * 3000 + "]" * 3000 + ") AS SELECT 1",
    ],
)
def test_a_text_that_is_nested_too_deeply_is_a_problem(text: str) -> None:
    (finding,) = parse_script(text, "a.sql").diagnostics
    assert "nested too deeply" in finding.message


def test_two_hundred_statements_are_read_in_half_a_second() -> None:
    one = (
        "CREATE OR REPLACE TABLE s.t{0} OPTIONS (unique_key = ['a', 'b']) AS "
        "SELECT a, b, sum(c) AS s FROM raw.t{0} WHERE a > 3 AND b = 'x' "
        "GROUP BY a, b ORDER BY s DESC LIMIT 10;\n"
    )
    text = "".join(one.format(number) for number in range(200))
    parse_script(text[:500], "warm.sql")
    spent = []
    for _ in range(3):
        start = time.process_time()
        script = parse_script(text, "a.sql")
        spent.append(time.process_time() - start)
    assert min(spent) < 0.5
    assert len(script.statements) == 200


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE d.t (a STRING, e STRUCT<result ARRAY<FLOAT64>> GENERATED ALWAYS AS (AI.EMBED(a)) STORED)",
        "ALTER TABLE d.t ADD COLUMN e ARRAY<FLOAT64> GENERATED ALWAYS AS (AI.EMBED(a)) STORED",
    ],
)
def test_a_column_that_an_ai_function_generates_is_refused_by_name(text: str) -> None:
    (finding,) = parse_script(text, "a.sql", "bigquery").diagnostics
    assert finding.message == "A column GENERATED ALWAYS AS (AI.EMBED(…)) is not offered."
    assert "CREATE TABLE … AS SELECT *, AI.EMBED(…).result" in (finding.hint or "")
    assert finding.span is not None
    assert finding.span.column == text.index("GENERATED") + 1


def test_another_generated_column_is_left_to_the_database() -> None:
    script = parse_script("CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1))", "a.sql")
    assert [type(found) for found in script.statements] == [Passthrough]
