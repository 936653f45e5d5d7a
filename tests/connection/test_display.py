"""Results as HTML: escaped, whatever stands in them; numbers, NULL and counts told apart."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from penstock.connection.display import Display, Section
from penstock.connection.html_table import MOST_CHARACTERS, html_table

VISIBLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=20)


def cells(shown: str) -> list[str]:
    """Return the texts of all cells, heads first, as a browser reads them."""
    table = ET.fromstring(f"<div>{shown}</div>")
    return ["".join(cell.itertext()) for cell in table.iter() if cell.tag in ("th", "td")]


@given(name=VISIBLE, texts=st.lists(VISIBLE, min_size=1, max_size=4))
def test_every_text_is_shown_as_it_is_and_never_read_as_html(name: str, texts: list[str]) -> None:
    assert cells(html_table(pa.table({name: texts}), 10)) == [name, *texts]


def test_korean_and_markup_stand_side_by_side() -> None:
    shown = html_table(pa.table({"이름<b>": ["<script>alert('가')</script>"]}), 10)
    assert "<script>" not in shown
    assert cells(shown) == ["이름<b>", "<script>alert('가')</script>"]


def test_null_is_grey_and_the_text_null_is_not() -> None:
    shown = html_table(pa.table({"t": ["NULL", None]}), 10)
    assert shown.count("color: gray") == 1
    assert cells(shown)[1:] == ["NULL", "NULL"]


def test_numbers_stand_to_the_right() -> None:
    shown = html_table(pa.table({"n": [1], "t": ["a"]}), 10)
    assert [part.split('"')[0] for part in shown.split('style="')[1:]] == [
        "text-align: right",
        "text-align: left",
        "text-align: right",
        "text-align: left",
    ]


def test_more_rows_than_are_shown_are_counted_and_none_is_said() -> None:
    table = pa.table({"n": list(range(2000))})
    assert html_table(table, 3).endswith("<p>… 2,000 rows</p>")
    assert len(cells(html_table(table, 3))) == 4
    assert html_table(table.slice(0, 0), 3).endswith("<p>no rows</p>")
    assert html_table(pa.table({}), 3).endswith("<p>no rows</p>")


def test_a_long_text_is_cut_and_two_columns_of_one_name_are_both_shown() -> None:
    table = pa.Table.from_arrays([pa.array(["x" * 1000]), pa.array([2])], names=["a", "a"])
    first, second = cells(html_table(table, 3))[2:]
    assert (len(first), first[-1], second) == (MOST_CHARACTERS, "…", "2")


def test_a_line_and_its_tables_are_shown_both_ways() -> None:
    shown = Display("Run <1>", (Section("", pa.table({"a": [1]})), Section("Rest", pa.table({"b": [2]}))), b"\x89PNG")
    assert shown.text() == "Run <1>\n\na\n─\n1\n\nRest\nb\n─\n2"
    page = ET.fromstring(f"<div>{shown.html()}</div>")
    assert [paragraph for paragraph in page.itertext() if paragraph.strip()] == ["Run <1>", "a", "1", "Rest", "b", "2"]
    (picture,) = page.iter("img")
    assert (picture.get("alt"), picture.get("src")) == ("Run <1>", "data:image/png;base64,iVBORw==")
