"""Marks of missing values, numbers beside blanks, fractions after the sample: what a column of a text file is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.lake.database import Connection
from penstock.lake.sources import Source, prepare_source

Look = Callable[..., Source]


@pytest.fixture
def look(memory: Connection, tmp_path: Path) -> Iterator[Look]:
    """Write files and open them as one source."""
    sources: list[Source] = []

    def run(*contents: str, **options: object) -> Source:
        for number, content in enumerate(contents, 1):
            (tmp_path / f"{number}.csv").write_text(content, encoding="utf-8")
        source = prepare_source(memory, "csv", ["*.csv"], options, tmp_path)
        sources.append(source)
        return source

    yield run
    for source in sources:
        source.close()


def rows(connection: Connection, source: Source) -> dict[str, list[object]]:
    found = connection.table(f"SELECT * FROM {source.sql}")
    found = (found.sort_by("id") if "id" in found.schema.names else found).to_pydict()
    assert source.rejected().num_rows == 0
    return found


@pytest.mark.parametrize("mark", ["NA", "n/a", "N/A", "null", "NULL", "None", "-", "--", "?", ".", " ", '"NA"', "#N/A"])
def test_a_mark_among_numbers_is_null_and_told(look: Look, memory: Connection, mark: str) -> None:
    source = look(f"id,price\n1,2.5\n2,{mark}\n3,4\n4,{mark}\n")
    assert rows(memory, source) == {"id": [1, 2, 3, 4], "price": [2.5, None, 4.0, None]}
    (notice,) = source.notices
    written = mark.strip('"')
    assert notice.files == "1.csv"
    assert notice.message == (
        f"{written!r} is read as NULL in price (2 rows). To keep it as text, say OPTIONS (null_markers = ['']), "
        "or nullstr = [''] in read_csv."
    )


def test_a_text_keeps_the_word_that_is_a_mark_among_numbers(look: Look, memory: Connection) -> None:
    source = look("country,n,x\nNA,1,NA\nDE,NA,y\n,3,\n")
    assert rows(memory, source) == {"country": ["NA", "DE", None], "n": [1, None, 3], "x": ["NA", "y", None]}
    (notice,) = source.notices
    assert notice.message.startswith(
        "'NA' is read as NULL in n (1 row). In country (1 row), x (1 row) it stays text; "
        "OPTIONS (null_markers = ['', 'NA']) makes it NULL there too."
    )


def test_files_with_other_columns_are_told(look: Look) -> None:
    source = look("id,v\n1,2\n", "id,w\n3,4\n", "id,V\n5,6\n")
    assert [(notice.files, notice.message) for notice in source.notices] == [
        ("2 files, 1.csv the first", "There is no column w: NULL in these rows."),
        ("2.csv", "There is no column v: NULL in these rows."),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-31", "NA"], [date(2024, 1, 31), None]),
        (["31/12/2024", "NA", "01/02/2024"], [date(2024, 12, 31), None, date(2024, 2, 1)]),
        (["2024-01-31 10:00", "-"], [datetime(2024, 1, 31, 10), None]),
        (["2", "1.5", "NA", "?"], [2.0, 1.5, None, None]),
        (["2", "NA"], [2, None]),
        (["2.04 ", " 3"], [2.04, 3.0]),
        (["9223372036854775808", "NA"], [9223372036854775808.0, None]),
        (["NA", "NA"], ["NA", "NA"]),
        (["", "NA"], [None, "NA"]),
        (["7", "seven", "NA"], ["7", "seven", "NA"]),
        (["true", "NA"], ["true", "NA"]),
        (["NaN", "NA", "1"], [pytest.approx(float("nan"), nan_ok=True), None, 1.0]),
    ],
)
def test_a_column_with_marks_has_the_type_of_its_values(
    look: Look, memory: Connection, values: list[str], expected: list[object]
) -> None:
    lines = "".join(f"{number},{value}\n" for number, value in enumerate(values))
    assert rows(memory, look("id,x\n" + lines))["x"] == expected


def test_marks_that_are_told_are_the_only_ones(look: Look, memory: Connection) -> None:
    content = "a,b\n1,x\nNA,NA\n-9,-9\n"
    assert rows(memory, look(content, nullstr=[""])) == {"a": ["1", "NA", "-9"], "b": ["x", "NA", "-9"]}
    told = look(content, nullstr=["NA", "-9"])
    assert rows(memory, told) == {"a": [1, None, None], "b": ["x", None, None]}
    assert told.notices == ()


def test_a_file_of_marks_only_takes_the_type_of_the_others(look: Look, memory: Connection) -> None:
    source = look("id,x,y\n1,2,a\n", "id,x,y\n2,NA,NA\n3,NA,b\n", "id,x,y\n4,,\n")
    assert rows(memory, source) == {"id": [1, 2, 3, 4], "x": [2, None, None, None], "y": ["a", "NA", "b", None]}
    assert [(notice.files, notice.message.partition(".")[0]) for notice in source.notices] == [
        ("2.csv", "'NA' is read as NULL in x (2 rows)")
    ]


def test_the_same_of_many_files_is_told_in_one_sentence(look: Look) -> None:
    (notice,) = look(*["id,x\n1,NA\n2,5\n"] * 4).notices
    assert (notice.files, notice.message.partition(".")[0]) == (
        "4 files, 1.csv the first",
        "'NA' is read as NULL in x (4 rows)",
    )


@pytest.mark.parametrize("late", ["2.5", "1e-1", "9223372036854775808"])
def test_a_fraction_after_the_sample_is_not_rounded(look: Look, memory: Connection, late: str) -> None:
    source = look("n,s\n" + "1,x\n" * 5_000 + f"{late},y\n", sample_size=1_000)
    assert memory.rows(f"SELECT max(n), min(n) FILTER (s = 'y') FROM {source.sql}")[0][1] == float(late)


def test_a_column_that_a_single_word_makes_text_is_told(look: Look, memory: Connection) -> None:
    source = look("n,s\n" + "1,x\n" * 30 + "oops,y\n")
    assert rows(memory, source)["n"][-1] == "oops"
    (notice,) = source.notices
    assert notice.message.startswith("Column n is text because of 'oops': 1 of 31 values are no numbers.")
    codes = "".join(f"C{number},y\n" for number in range(9))
    assert look("n,s\n" + "1,x\n" * 300 + codes).notices == ()


def test_the_marks_of_real_files_are_found(memory: Connection, shared_data: Callable[[str], Path]) -> None:
    source = prepare_source(memory, "csv", ["penguins.csv"], {}, shared_data("penguins"))
    query = f"SELECT count(*), count(body_mass_g), avg(body_mass_g), count(*) FILTER (sex = 'NA') FROM {source.sql}"
    assert memory.rows(query) == [(344, 342, pytest.approx(4201.754385964912), 11)]
    source = prepare_source(memory, "csv", ["*.csv"], {}, shared_data("telco-churn"))
    assert memory.rows(f"SELECT count(*) - count(TotalCharges), typeof(any_value(TotalCharges)) FROM {source.sql}") == [
        (11, "DOUBLE")
    ]


NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False, width=32), st.none()
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NUMBERS, min_size=1, max_size=12), st.sampled_from(["NA", "-", "?", "Null", ""]))
def test_numbers_come_back_whatever_stands_for_the_missing_ones(
    look: Look, memory: Connection, values: list[float | None], mark: str
) -> None:
    lines = "".join(f"k,{mark if value is None else repr(value)}\n" for value in values)
    found = rows(memory, look("key,x\n" + lines))["x"]
    if any(value is not None for value in values):
        assert found == [None if value is None else pytest.approx(value) for value in values]
