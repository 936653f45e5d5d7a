from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, UnknownName

Read = Callable[..., tuple[pa.Table, pa.Table]]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    workbook = openpyxl.Workbook()
    first = workbook.active
    assert first is not None
    first.title = "고객"
    for row in (["이름", "나이", "가입"], ["김", 31, date(2024, 1, 2)], ["이", None, date(2024, 3, 4)]):
        first.append(row)
    second = workbook.create_sheet("Notes")
    for row in (["x", "y"], [1.5, "a"]):
        second.append(row)
    path = tmp_path / "고객.xlsx"
    workbook.save(path)
    return path


def test_the_first_sheet_is_read_unless_told(read: Read, book: Path) -> None:
    rows, _ = read("고객.xlsx", function="excel")
    assert rows.to_pydict() == {
        "이름": ["김", "이"],
        "나이": [31.0, None],
        "가입": [date(2024, 1, 2), date(2024, 3, 4)],
    }
    assert read("고객.xlsx", function="excel", sheet="notes")[0].to_pydict() == {"x": [1.5], "y": ["a"]}


def test_a_range_is_read(read: Read, book: Path) -> None:
    rows, _ = read("*.xlsx", function="excel", range="A1:B2", all_varchar=True, filename="file")
    assert rows.to_pydict() == {"이름": ["김"], "나이": ["31"], "file": ["고객.xlsx"]}


def test_an_unknown_sheet_is_told_with_the_nearest(read: Read, book: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'Notes'"):
        read("고객.xlsx", function="excel", sheet="Note")


def test_several_workbooks_are_joined_by_name(read: Read, book: Path, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in (["나이", "이름", "등급"], ["모름", "박", "A"]):
        workbook.active.append(row)
    workbook.save(tmp_path / "나중.xlsx")
    rows, _ = read("*.xlsx", function="excel")
    assert rows.select(["이름", "나이", "등급"]).to_pydict() == {
        "이름": ["김", "이", "박"],
        "나이": ["31.0", None, "모름"],
        "등급": [None, None, "A"],
    }
    assert read("*.xlsx", function="excel", only={"나중.xlsx"})[0].num_rows == 1
    assert read("*.xlsx", function="excel", only=set())[0].num_rows == 0


def test_what_is_no_workbook_is_told(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 the older format")
    with pytest.raises(BadData, match=r"a\.xlsx is not an Excel workbook"):
        read("a.xlsx", function="excel")


def test_a_real_workbook_is_read(read: Read, shared_data: Callable[[str], Path]) -> None:
    rows, _ = read("AirQualityUCI.xlsx", function="excel", root=shared_data("uci-air-quality"))
    assert rows.shape == (9357, 15)
