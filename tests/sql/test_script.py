"""Scripts are read whole: what each statement holds, and every mistake at its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.spans import Span
from penstock.sql.parse import ParsedScript, parse_script
from penstock.sql.script_statement import (
    Assert,
    Assign,
    Block,
    Branch,
    Declare,
    ExecuteImmediate,
    ForEach,
    Jump,
    Loop,
    Raise,
)
from penstock.sql.statement import CreateModel, Passthrough, SetDialect


def read(text: str) -> ParsedScript:
    return parse_script(text, "a.sql", "bigquery")


def messages(text: str) -> list[str]:
    return [f"{found.span} {found.message}" for found in read(text).diagnostics]


def test_declare_knows_names_type_and_default() -> None:
    script = read("#standardSQL\nDECLARE x, y ARRAY<INT64>;\nDECLARE z NUMERIC(5, 2) DEFAULT CASE WHEN TRUE THEN 1 END")
    assert script.diagnostics == ()
    first, second = script.statements
    assert isinstance(first, Declare)
    assert (first.names, first.type, first.default) == (("x", "y"), "BIGINT[]", None)
    assert isinstance(second, Declare)
    assert (second.type, second.default and second.default.text) == ("DECIMAL(5, 2)", "CASE WHEN TRUE THEN 1 END")
    assert second.span == Span("a.sql", 3, 1, 3, 58)
    assert second.default is not None
    assert second.default.span == Span("a.sql", 3, 33, 3, 58)


def test_set_takes_one_variable_or_several() -> None:
    script = read("DECLARE x, y INT64; SET x = (SELECT 1); SET (x, y) = (1, 2)")
    _, one, two = script.statements
    assert isinstance(one, Assign)
    assert (one.names, one.as_struct, one.value.text) == (("x",), False, "(SELECT 1)")
    assert isinstance(two, Assign)
    assert (two.names, two.as_struct, two.value.text) == (("x", "y"), True, "(1, 2)")


def test_if_holds_its_arms_and_their_statements() -> None:
    text = """IF CASE WHEN TRUE THEN FALSE END THEN SELECT 1; SELECT CASE WHEN 1 = 1 THEN 2 END;
    ELSEIF EXISTS(SELECT 1) THEN CREATE OR REPLACE MODEL m OPTIONS (model_type = 'pca') AS SELECT 1 AS x;
    ELSE END IF; SELECT 3"""
    branch, last = read(text).statements
    assert isinstance(branch, Branch)
    assert [condition.text for condition, _ in branch.arms] == ["CASE WHEN TRUE THEN FALSE END", "EXISTS(SELECT 1)"]
    assert [len(body) for _, body in branch.arms] == [2, 1]
    assert isinstance(branch.arms[1][1][0], CreateModel)
    assert branch.otherwise == ()
    assert isinstance(last, Passthrough)


def test_blocks_and_loops_nest_and_have_labels() -> None:
    text = """outer_one: BEGIN
      again: LOOP
        WHILE TRUE DO CONTINUE again; END WHILE;
        REPEAT BREAK; UNTIL 1 = 1 END REPEAT;
        FOR r IN (SELECT 1 AS a) DO LEAVE outer_one; END FOR;
      END LOOP again;
    EXCEPTION WHEN ERROR THEN RAISE; RETURN;
    END outer_one"""
    script = read(text)
    assert script.diagnostics == ()
    (block,) = script.statements
    assert isinstance(block, Block)
    assert block.label == "outer_one"
    assert [type(statement) for statement in block.handler or ()] == [Raise, Jump]
    (loop,) = block.body
    assert isinstance(loop, Loop)
    assert (loop.label, loop.condition) == ("again", None)
    inner, repeat, each = loop.body
    assert isinstance(inner, Loop)
    assert inner.body == (Jump("CONTINUE again", Span("a.sql", 3, 23, 3, 37), "continue", "again"),)
    assert isinstance(repeat, Loop)
    assert (repeat.until, repeat.condition and repeat.condition.text) == (True, "1 = 1")
    assert isinstance(each, ForEach)
    assert (each.variable, each.query.text) == ("r", "(SELECT 1 AS a)")


def test_begin_alone_begins_a_transaction() -> None:
    script = read("BEGIN; SELECT 1; COMMIT; BEGIN TRANSACTION; ROLLBACK TRANSACTION")
    assert [type(statement) for statement in script.statements] == [Passthrough] * 5


def test_raise_assert_and_execute_immediate_hold_their_expressions() -> None:
    text = """DECLARE x, y INT64;
    RAISE USING MESSAGE = CONCAT('a', 'b');
    ASSERT EXISTS(SELECT 1 AS a) AS 'something';
    EXECUTE IMMEDIATE FORMAT('SELECT %s', 'a') INTO x, y USING x + 1 AS a, CAST(2 AS INT64) AS b"""
    _, wrong, claim, execute = read(text).statements
    assert isinstance(wrong, Raise)
    assert wrong.message is not None
    assert wrong.message.text == "CONCAT('a', 'b')"
    assert isinstance(claim, Assert)
    assert (claim.condition.text, claim.description) == ("EXISTS(SELECT 1 AS a)", "something")
    assert isinstance(execute, ExecuteImmediate)
    assert (execute.dynamic.text, execute.into) == ("FORMAT('SELECT %s', 'a')", ("x", "y"))
    assert [(name, value.text) for name, value in execute.values] == [("a", "x + 1"), ("b", "CAST(2 AS INT64)")]


def test_a_variable_may_stand_where_a_constant_is_asked_for() -> None:
    text = """DECLARE k INT64 DEFAULT 3;
    CREATE MODEL m OPTIONS (model_type = 'kmeans', num_clusters = k) AS SELECT 1 AS x;
    SELECT * FROM ML.PREDICT(MODEL m, (SELECT k AS x), STRUCT(k AS top_k_features))"""
    assert read(text).diagnostics == ()
    assert "k is not a value." in read(text.partition("\n")[2]).diagnostics[0].message


def test_every_mistake_is_told_at_its_place() -> None:
    assert messages("DECLARE x INT65;\nIF 1 1 THEN\n  CREATE MODLE m; SET y = 1;\nEND IF;\nBREAK; DECLARE x INT64") == [
        "a.sql:1:11 There is no type INT65.",
        "a.sql:2:6 '1' cannot stand here.",
        "a.sql:3:10 CREATE cannot make MODLE.",
        "a.sql:3:23 There is no variable y.",
        "a.sql:5:1 BREAK stands within a loop.",
        "a.sql:5:16 The variable x is declared already.",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("IF TRUE THEN SELECT 1", "a.sql:1:9 No END follows this THEN."),
        ("IF TRUE SELECT 1; END IF", "a.sql:1:1 No THEN follows this IF."),
        ("IF TRUE THEN SELECT 1; END LOOP", "a.sql:1:28 Expected IF, not LOOP."),
        ("LOOP SELECT 1; END LOOP SELECT 2", "a.sql:1:25 Expected a semicolon, not SELECT."),
        ("WHILE TRUE SELECT 1; END WHILE", "a.sql:1:1 No DO follows this WHILE."),
        ("FOR r IN t DO SELECT 1; END FOR", "a.sql:1:10 Expected a query in parentheses, not t."),
        ("here: SELECT 1", "a.sql:1:7 Expected LOOP or WHILE or REPEAT or FOR or BEGIN, not SELECT."),
        ("CREATE OR REPLACE PROCEDURE p() BEGIN SELECT 1; END", "a.sql:1:1 There are no stored procedures."),
        ("CASE WHEN TRUE THEN SELECT 1; END CASE", "a.sql:1:1 CASE is no statement."),
        (
            "IF TRUE THEN SET dialect = 'duckdb'; END IF",
            "a.sql:1:14 SET dialect stands outside of IF, BEGIN and loops.",
        ),
        ("DECLARE x", "a.sql:1:1 DECLARE needs a type or a DEFAULT."),
        ("SELECT @@script.creation_time", "a.sql:1:8 @@script.creation_time is a variable of BigQuery's service."),
        ("SET @@dataset_id = 'd'", "a.sql:1:5 @@dataset_id is a variable of BigQuery's service."),
        ("SELECT @day", "a.sql:1:8 The query parameter @day has no value here."),
        ("LOOP LEAVE other; END LOOP", "a.sql:1:6 There is no other around this to leave."),
        ("EXECUTE IMMEDIATE 'a' USING 1, 2 AS b", "a.sql:1:1 Name every value of USING (value AS name), or none."),
    ],
)
def test_a_mistake_has_its_own_words(text: str, told: str) -> None:
    assert messages(text) == [told]


def test_an_open_quote_in_a_block_is_one_mistake() -> None:
    assert messages("BEGIN\n SELECT 1;\n SELECT 'abc;\nEND") == ["a.sql:3:9 This quote or comment is never closed."]


def test_deep_nesting_is_told_and_not_a_crash() -> None:
    depth = 2000
    (finding,) = read("IF TRUE THEN " * depth + "SELECT 1;" + " END IF;" * depth).diagnostics
    assert finding.message == "This is nested too deeply."


def test_duckdb_sql_knows_no_scripts_and_says_where_they_are() -> None:
    (finding,) = parse_script("IF TRUE THEN SELECT 1; END IF", "a.sql").diagnostics[:1]
    assert finding.message == "IF is a statement of scripts."
    script = parse_script(
        "SET dialect = 'bigquery'; IF TRUE THEN SELECT 1; END IF; SET dialect = 'duckdb'; FROM t", "a"
    )
    assert [type(statement) for statement in script.statements] == [SetDialect, Branch, SetDialect, Passthrough]


@given(st.lists(st.sampled_from(
    ["IF", "THEN", "ELSE", "ELSEIF", "END", "BEGIN", "LOOP", "WHILE", "DO", "FOR", "r", "IN", "(", ")", "SELECT", "1",
     ";", "DECLARE", "x", "INT64", "DEFAULT", "SET", "=", "EXCEPTION", "WHEN", "ERROR", "BREAK", "RAISE", "@", ":",
     "CASE", "'", "EXECUTE", "IMMEDIATE", "USING", "UNTIL", "REPEAT", ",", "OPTIONS", "ML", ".", "STRUCT"]
), max_size=30))  # fmt: skip
def test_any_words_are_read_or_told(words: list[str]) -> None:
    script = read(" ".join(words))
    assert all(found.span is not None and found.message for found in script.diagnostics)
