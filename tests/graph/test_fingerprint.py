"""Fingerprints: what changes them, and what must not."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from penstock.core.names import Kind, ResourceName
from penstock.graph.fingerprint import FileMark, fingerprint
from penstock.project.resource import Resource, resource_of
from penstock.project.spec import Declaration, spec_of
from penstock.sql.parse import parse_script

BASE = "CREATE TABLE t OPTIONS (max_rejects = 1, time_column = 'at') AS SELECT a, b AS c FROM raw WHERE a > 'X'"


def resource(text: str) -> Resource:
    [statement] = parse_script(text, "a.sql").statements
    assert isinstance(statement, Declaration)
    spec, findings = spec_of(statement)
    assert spec is not None, findings
    return resource_of(statement, spec)


def mark(text: str) -> str:
    return fingerprint(resource(text), {})


def test_it_is_a_sha256() -> None:
    assert re.fullmatch("[0-9a-f]{64}", mark(BASE))


@pytest.mark.parametrize(
    "text",
    [
        "\n\n" + BASE.replace(" ", "\n  "),
        BASE.replace("SELECT", "-- why\nselect /* what */"),
        BASE.replace("max_rejects = 1, time_column = 'at'", "TIME_COLUMN = 'at', max_rejects=1"),
        BASE.replace("CREATE TABLE", "create or replace table"),
        BASE.replace("CREATE TABLE t", "CREATE TABLE IF NOT EXISTS t"),
        BASE.replace("CREATE TABLE t", "CREATE TABLE main.T"),
        BASE.replace("(max", "(description = 'for people', max"),
    ],
)
def test_what_changes_nothing_keeps_it(text: str) -> None:
    assert mark(text) == mark(BASE)


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("a > 'X'", "a > 'x'"),
        BASE.replace("b AS c", "b AS C"),
        BASE.replace("a > 'X'", "a >= 'X'"),
        BASE.replace("max_rejects = 1", "max_rejects = 2"),
        BASE.replace("max_rejects = 1, ", ""),
        BASE.replace("TABLE t", "TABLE t2"),
        "CREATE VIEW t AS SELECT a, b AS c FROM raw WHERE a > 'X'",
    ],
)
def test_what_changes_the_object_changes_it(text: str) -> None:
    assert mark(text) != mark(BASE)


def test_parents_files_and_extras_change_it_but_not_their_order() -> None:
    table = resource(BASE)
    a, b = ResourceName(Kind.TABLE, "a"), ResourceName(Kind.TABLE, "b")
    one, two = FileMark("x.csv", 10, 1), FileMark("y.csv", 20, 2)
    marks = [
        fingerprint(table, {}),
        fingerprint(table, {a: "1"}),
        fingerprint(table, {a: "2"}),
        fingerprint(table, {b: "1"}),
        fingerprint(table, {a: "1", b: "2"}),
        fingerprint(table, {}, [one]),
        fingerprint(table, {}, [FileMark("x.csv", 11, 1)]),
        fingerprint(table, {}, [FileMark("x.csv", 10, 2)]),
        fingerprint(table, {}, [one, two]),
        fingerprint(table, {}, extra={"seed": "1"}),
        fingerprint(table, {}, extra={"seed": "2"}),
    ]
    assert len(set(marks)) == len(marks)
    assert fingerprint(table, {b: "2", a: "1"}) == fingerprint(table, {a: "1", b: "2"})
    assert fingerprint(table, {}, [two, one]) == fingerprint(table, {}, [one, two])


def test_when_a_model_retrains_is_not_what_it_is() -> None:
    base = "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS label"
    assert mark(base.replace("_reg'", "_reg', retrain = 'on_new_data'")) == mark(base)


def test_the_parts_of_a_model_count() -> None:
    base = (
        "CREATE MODEL m TRANSFORM (x * 2 AS y, label) OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS label"
    )
    texts = [
        base,
        base.replace("x * 2", "x * 3"),
        base.replace("linear_reg", "logistic_reg"),
        base.replace("1 AS x", "3 AS x"),
        base.replace("'linear_reg'", "'linear_reg', l2_reg = 0.1"),
    ]
    assert len({mark(text) for text in texts}) == len(texts)


def test_the_parts_of_the_loop_count() -> None:
    texts = [
        "CREATE ENDPOINT e ON MODEL m",
        "CREATE ENDPOINT e ON MODEL m2",
        "CREATE GOAL e ON MODEL m ACCEPT WHEN x > 1",
        "CREATE GOAL e ON MODEL m ACCEPT WHEN x > 2",
        "CREATE MONITOR e ON ENDPOINT m BREACH WHEN x > 2",
        "CREATE MONITOR e ON TABLE m BREACH WHEN x > 2",
        "CREATE TRIGGER e ON BREACH OF m DO RETRAIN MODEL m",
        "CREATE TRIGGER e ON BREACH OF m DO REFRESH TABLE m",
        "CREATE TRIGGER e ON ARRIVAL 'a' DO RUN PROJECT",
        "CREATE TRIGGER e ON ARRIVAL 'A' DO RUN PROJECT",
        "CREATE ASSERTION e ON m CHECK (x > 1)",
        "CREATE ASSERTION e ON m CHECK (x > 1) OPTIONS (severity = 'warn')",
    ]
    assert len({mark(text) for text in texts}) == len(texts)


def test_it_is_the_same_in_every_process() -> None:
    text = "CREATE TABLE t OPTIONS (unique_key = ['a', 'b']) AS SELECT 1 AS a, 2 AS b"
    code = f"""
from penstock.graph.fingerprint import fingerprint
from penstock.project.resource import resource_of
from penstock.project.spec import spec_of
from penstock.sql.parse import parse_script
[statement] = parse_script({text!r}, "elsewhere.sql").statements
print(fingerprint(resource_of(statement, spec_of(statement)[0]), {{}}))
"""
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == mark(text)
