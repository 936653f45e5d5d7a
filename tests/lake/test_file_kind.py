"""Files that are not what their names say, or only a part of it: one clear sentence each."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import BadData

Read = Callable[..., tuple[pa.Table, pa.Table]]


def name_of(value: object) -> str:
    """Return the name of a parameter; archives hold the time, which would differ between the workers of a run."""
    return "content" if isinstance(value, bytes) else str(value)


def zipped(**members: bytes | str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return held.getvalue()


def parquet() -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(1000))}), held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zipped(a__csv="a,b\n1,2\n"), "not text but a zip archive"),
        (zipped(**{"[Content_Types].xml": "<x/>"}), "not text but an Excel workbook"),
        (parquet(), "not text but a Parquet file"),
        (gzip.compress(b"a,b\n1,2\n"), "not text but gzipped"),
        (b"%PDF-1.7 ...", "not text but a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "not text but an old Excel"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html>...", "a web page and not a table"),
        (b"", "empty"),
    ],
    ids=name_of,
)
@pytest.mark.parametrize(("name", "function"), [("a.csv", "csv"), ("a.json", "json")])
def test_a_file_that_is_no_text_is_named_for_what_it_is(
    read: Read, tmp_path: Path, content: bytes, what: str, name: str, function: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=rf"{name} is {what}"):
        read(name, function=function)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (parquet()[:500], "is not whole: the end of the Parquet file is missing"),
        (b"PAR1", "is not whole"),
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is not a Parquet file"),
    ],
    ids=name_of,
)
def test_a_parquet_file_that_is_none_or_cut_off_is_told(read: Read, tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(BadData, match=rf"a.parquet {what}"):
        read("a.parquet", function="parquet")


def test_a_line_of_megabytes_is_told(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1," + "x" * 3_000_000 + "\n", encoding="utf-8")
    with pytest.raises(BadData, match=r"a.csv has a line of more than 2 MB"):
        read("a.csv")
    assert read("a.csv", max_line_size=4_000_000)[0].num_rows == 1


def test_text_that_is_no_json_is_told_by_its_name(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BadData, match=r"a.json cannot be read as JSON: .*unexpected character"):
        read("a.json", function="json")


def test_an_archive_of_one_table_is_that_table(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(
        zipped(**{"in/a.csv": "a,b\n1,2\n", "__MACOSX/in/._a.csv": b"\0\1", "readme.txt": "words"})
    )
    rows, _ = read("a.zip", filename=True)
    assert rows.to_pydict() == {"a": [1], "b": [2], "filename": ["a.zip/in/a.csv"]}


def test_an_archive_of_tables_with_one_header_is_one_table(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(x__csv="a,b\n1,2\n", y__csv="a,b\r\n3,4\r\n"))
    assert sorted(read("a.zip")[0]["a"].to_pylist()) == [1, 3]
    assert read("*.zip", only={"a.zip"})[0].num_rows == 2


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"x__csv": "a,b\n1,2\n", "y__csv": "c\n3\n"}, r"several kinds.*\n.*'a.zip/x.csv', 'a.zip/y.csv'"),
        ({"x__png": "..."}, r"no CSV or text file.*\n.*'a.zip/x.png'"),
        ({}, r"no CSV or text file.*\n.*empty"),
    ],
)
def test_an_archive_that_is_not_one_table_says_what_it_holds(
    read: Read, tmp_path: Path, members: dict[str, str], what: str
) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(**members))
    with pytest.raises(BadData, match=what):
        read("a.zip")


def test_an_archive_that_is_none_is_told(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(BadData, match=r"a.zip is not a zip archive"):
        read("a.zip")
