"""`penstock sql`: statements in, rows out, in three forms."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Penstock = Callable[..., Any]


def test_without_a_project_it_works_in_memory_over_files(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "trips.csv").write_text("id,도시\n1,서울\n2,부산\n", encoding="utf-8")
    ended = penstock("sql", "SELECT * FROM 'trips.csv'", folder=tmp_path)
    assert ended.code == 0, ended.err
    assert ended.out == "id  도시\n──  ────\n 1  서울\n 2  부산\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "trips.csv"]


def test_it_prints_what_the_last_statement_gives(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock("sql", "CREATE TABLE t AS SELECT 1 AS x; SELECT 7; SELECT x + 1 AS y FROM t;", folder=tmp_path)
    assert ended.out == "y\n─\n2\n"


def test_a_statement_without_rows_says_what_it_did_on_standard_error(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock("sql", "CREATE TABLE t AS SELECT 1 AS x", folder=tmp_path)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("table t: 1 row")


def test_statements_come_from_a_file_and_from_standard_input(penstock_process: Penstock, tmp_path: Path) -> None:
    (tmp_path / "query.sql").write_text("﻿SELECT '한글' AS 말;", encoding="utf-8")
    from_file = penstock_process("sql", "-f", "query.sql", "--format", "json", folder=tmp_path)
    assert json.loads(from_file.out) == [{"말": "한글"}]
    from_input = penstock_process("sql", "-", folder=tmp_path, stdin="SELECT 1 AS x")
    assert from_input.out == "x\n─\n1\n"


def test_bigquery_is_read_when_asked(penstock: Penstock, tmp_path: Path) -> None:
    text = "SELECT SAFE_DIVIDE(1, 0) AS nothing, CAST(3 AS INT64) AS `three`"
    ended = penstock("sql", "--dialect", "bigquery", "--format", "json", text, folder=tmp_path)
    assert json.loads(ended.out) == [{"nothing": None, "three": 3}]


def test_json_is_a_list_of_objects_whatever_the_types(penstock: Penstock, tmp_path: Path) -> None:
    text = """SELECT 1::HUGEINT AS whole, 1.50::DECIMAL(4, 2) AS money, 'nan'::DOUBLE AS nan, NULL AS nothing,
        TIMESTAMPTZ '2026-01-01 09:00:00+09' AS moment, TIMESTAMP_NS '2026-01-01 00:00:00.123456789' AS fine,
        'infinity'::TIMESTAMP AS never, DATE '2026-01-01' AS day, INTERVAL 3 DAYS AS span, '\\xAB'::BLOB AS bytes,
        [1, NULL] AS list, {'a': 1} AS struct, MAP {'k': 1} AS map, true AS yes"""
    ended = penstock("sql", "--format", "json", text, folder=tmp_path)
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == [
        {
            "whole": "1",
            "money": "1.50",
            "nan": None,
            "nothing": None,
            "moment": "2026-01-01T00:00:00+00:00",
            "fine": "2026-01-01T00:00:00.123456789",
            "never": "infinity",
            "day": "2026-01-01",
            "span": "3 days",
            "bytes": "ab",
            "list": [1, None],
            "struct": {"a": 1},
            "map": {"k": 1},
            "yes": True,
        }
    ]


def test_json_without_rows_is_an_empty_list(penstock: Penstock, tmp_path: Path) -> None:
    assert penstock("sql", "--format", "json", "SELECT 1 AS x WHERE false", folder=tmp_path).out == "[]\n"


def test_csv_holds_what_csv_can_and_json_in_a_cell_for_the_rest(penstock: Penstock, tmp_path: Path) -> None:
    text = """SELECT 'a "quoted", 값' AS text, [1, 2] AS list, {'a': 'b'} AS struct, INTERVAL 2 DAYS AS span,
        NULL::INT AS nothing, TIMESTAMPTZ '2026-01-01 09:00:00+09' AS moment"""
    ended = penstock("sql", "--format", "csv", text, folder=tmp_path)
    assert ended.code == 0, ended.err
    assert list(csv.DictReader(io.StringIO(ended.out))) == [
        {
            "text": 'a "quoted", 값',
            "list": "[1,2]",
            "struct": '{"a":"b"}',
            "span": "2 days",
            "nothing": "",
            "moment": "2026-01-01 00:00:00+00:00",
        }
    ]


def test_csv_without_rows_keeps_its_header(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock("sql", "--format", "csv", "SELECT 1 AS x, [1] AS l WHERE false", folder=tmp_path)
    assert ended.out == '"x","l"\n'


def test_a_long_result_shows_a_hundred_rows_and_the_count(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock("sql", "SELECT range AS n FROM range(12345)", folder=tmp_path)
    lines = ended.out.splitlines()
    assert len(lines) == 103
    assert lines[-1] == "… 12,345 rows"
    whole = penstock("sql", "--format", "csv", "SELECT range AS n FROM range(12345)", folder=tmp_path)
    assert len(whole.out.splitlines()) == 12346


def test_text_that_steers_a_terminal_is_shown_not_obeyed(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock("sql", "SELECT 'a' || chr(27) || '[31m' || chr(10) || 'b' AS x", folder=tmp_path)
    assert ended.out.splitlines()[2] == "a␛[31m⏎b"


def test_text_and_file_at_once_is_wrong_usage(penstock: Penstock, tmp_path: Path) -> None:
    for words in ([], ["SELECT 1", "-f", "query.sql"]):
        ended = penstock("sql", *words, folder=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert "Give the statements as text or with -f FILE." in ended.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * FROM nowhere", "There is no table 'nowhere'."),
        ("SELEC 1", "Did you mean"),
        ("SELECT 1 FROM 'missing.csv'", "missing.csv"),
    ],
)
def test_a_statement_that_cannot_be_done_ends_with_1(penstock: Penstock, tmp_path: Path, text: str, words: str) -> None:
    ended = penstock("sql", text, folder=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_a_file_that_cannot_be_read_is_named(penstock: Penstock, tmp_path: Path) -> None:
    assert "missing.sql cannot be read" in penstock("sql", "-f", "missing.sql", folder=tmp_path).err
    (tmp_path / "korean.sql").write_bytes("SELECT '한글'".encode("cp949"))
    ended = penstock("sql", "-f", "korean.sql", folder=tmp_path)
    assert ended.code == 1
    assert "Byte 9 of korean.sql is not UTF-8 text." in ended.err
