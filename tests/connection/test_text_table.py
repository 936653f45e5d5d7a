"""Tables as text: widths as a terminal counts them, whatever the values."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.connection.text_table import text_table, text_width


def test_numbers_stand_to_the_right_and_texts_to_the_left() -> None:
    table = pa.table({"name": ["a", "long"], "n": [1, 1234], "x": [0.5, None]})
    assert text_table(table, 10).splitlines() == [
        "name     n     x",
        "────  ────  ────",
        "a        1   0.5",
        "long  1234  NULL",
    ]


def test_korean_takes_two_cells_composed_or_not() -> None:
    assert text_width("서울") == 4
    # As a Mac writes it in file names: five letters, drawn as two.
    assert text_width(unicodedata.normalize("NFD", "서울")) == 4
    assert text_width(unicodedata.normalize("NFD", "é")) == 1
    table = pa.table({"도시": ["서울", "ab"], "n": [1, 2]})
    assert text_table(table, 10).splitlines() == ["도시  n", "────  ─", "서울  1", "ab    2"]


def test_the_count_is_told_when_not_everything_is_shown() -> None:
    table = pa.table({"n": list(range(2000))})
    assert text_table(table, 2).splitlines()[-1] == "… 2,000 rows"
    assert text_table(table.slice(0, 2), 2, total=12345).splitlines()[-1] == "… 12,345 rows"
    assert text_table(table.slice(0, 2), 2).splitlines()[-1] == "1"
    assert text_table(table.slice(0, 0), 2) == "n\n─\nno rows"


def test_long_texts_are_cut_to_fit_and_numbers_never() -> None:
    table = pa.table({"text": ["가" * 40], "n": [123456789]})
    lines = text_table(table, 10, 40).splitlines()
    assert all(text_width(line) <= 40 for line in lines)
    assert lines[2].endswith("…  123456789")


def test_rows_become_blocks_when_no_cutting_is_enough() -> None:
    table = pa.table({f"column_{number}": [number, None] for number in range(20)})
    lines = text_table(table, 10, 60).splitlines()
    assert lines[0] == "column_0   0"
    assert lines[19:22] == ["column_19  19", "", "column_0   NULL"]


def test_a_sentence_in_the_last_column_goes_on_in_the_next_lines() -> None:
    table = pa.table({"n": [1, 2], "reason": ["주문이 늘어 오류가 커졌다 " * 3 + "end", "short"]})
    assert text_table(table, 10, 30).splitlines() == [
        "n  reason",
        f"─  {'─' * 27}",
        "1  주문이 늘어 오류가 커졌다",
        "   주문이 늘어 오류가 커졌다",
        "   주문이 늘어 오류가 커졌다",
        "   end",
        "2  short",
    ]


def test_a_sentence_in_a_block_goes_on_in_the_next_lines_and_ends_somewhere() -> None:
    wide = {f"column_{number}": [number] for number in range(9)}
    lines = text_table(pa.table({**wide, "why": ["one two three four five six"]}), 10, 32).splitlines()
    assert lines[9:] == ["why       one two three four", "          five six"]
    endless = text_table(pa.table({"why": ["word " * 1000]}), 10, 40).splitlines()
    assert len(endless) == 10
    assert endless[-1].endswith("…")


def test_two_columns_of_one_name_are_both_shown() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    assert text_table(table, 10).splitlines()[2] == "1  2"


@given(
    texts=st.lists(st.text(max_size=30), min_size=1, max_size=5),
    width=st.integers(30, 100),
)
def test_no_text_breaks_the_lines_or_the_width(texts: list[str], width: int) -> None:
    table = pa.table({"값": texts, "n": list(range(len(texts)))})
    shown = text_table(table, 10, width)
    lines = shown.split("\n")
    assert len(lines) == len(texts) + 2
    assert shown.splitlines() == lines
    assert all(text_width(line) <= width for line in lines)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for line in lines for char in line)


@pytest.mark.parametrize("width", [None, 80])
def test_a_table_without_columns_is_no_error(width: int | None) -> None:
    assert text_table(pa.table({}), 10, width).strip() == "no rows"
