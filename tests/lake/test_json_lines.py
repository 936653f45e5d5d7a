from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.errors import BadData

Read = Callable[..., tuple[pa.Table, pa.Table]]


@pytest.fixture
def lines(read: Read, tmp_path: Path) -> Callable[..., tuple[pa.Table, pa.Table]]:
    def run(content: bytes, name: str = "a.jsonl", **options: object) -> tuple[pa.Table, pa.Table]:
        (tmp_path / name).write_bytes(content)
        return read(name, function="json", **options)

    return run


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "b": "x"}\n{"a": 2}\n',
        b'{"a": 1, "b": "x"}\r\n\r\n{"a": 2}',
        b'{"a": 1, "b": "x"}\r\n{"a": 2}\n\n',
        b'\xef\xbb\xbf{"a": 1, "b": "x"}\n{"a": 2}\n',
        b'[{"a": 1, "b": "x"}, {"a": 2}]',
        b'{"a": 1,\n "b": "x"}\n{"a": 2}\n',
        '{"a": 1, "b": "x"}\n{"a": 2}\n'.encode("utf-16"),
    ],
)
def test_objects_become_rows(lines, content: bytes) -> None:
    rows, rejected = lines(content)
    assert rows.to_pydict() == {"a": [1, 2], "b": ["x", None]}
    assert rejected.num_rows == 0


@pytest.mark.parametrize("packed", [False, True])
def test_a_broken_line_is_a_rejected_row(lines, packed: bool) -> None:
    content = '{"이름": "가"}\n\n{"이름": \n[1]\n{"이름": "나"}\n5\n'.encode("cp949")
    rows, rejected = lines(gzip.compress(content) if packed else content, "a.jsonl.gz" if packed else "a.jsonl")
    assert rows.to_pydict() == {"이름": ["가", "나"]}
    assert [(row["line"], row["message"], row["raw_line"]) for row in rejected.to_pylist()] == [
        (3, "the line is not JSON", '{"이름": '),
        (4, "array instead of an object", "[1]"),
        (6, "ubigint instead of an object", "5"),
    ]


@pytest.mark.parametrize("ends", [("\r\n", "\n"), ("\n", "\r\n")])
def test_lines_that_end_in_several_ways_are_counted_right(lines, ends: tuple[str, str]) -> None:
    content = '{"a": 1}' + ends[0] + '{"a": 2}' + ends[1] + ends[0] + '{"a":' + ends[1] + '{"a": 3}' + ends[0]
    rows, rejected = lines(content.encode())
    assert rows.to_pydict() == {"a": [1, 2, 3]}
    assert rejected["line"].to_pylist() == [4]


def test_a_broken_array_is_told(lines) -> None:
    with pytest.raises(BadData, match=r"a\.json cannot be read as JSON: at byte 7"):
        lines(b'[{"a": 1}, {"a": ', "a.json")


def test_only_some_files_are_read_in_the_columns_of_all(read: Read, tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"a": 1}\n{"a":\n', encoding="utf-8")
    (tmp_path / "2.jsonl").write_text('{"b": {"c": [1.5]}}\n', encoding="utf-8")
    rows, rejected = read("*.jsonl", function="json", only={"2.jsonl"}, filename=True)
    assert rows.to_pydict() == {"a": [None], "b": [{"c": [1.5]}], "filename": ["2.jsonl"]}
    assert rejected.num_rows == 0
    rows, rejected = read("*.jsonl", function="json", only={"1.jsonl"})
    assert rows.to_pydict() == {"a": [1], "b": [None]}
    assert rejected["file"].to_pylist() == ["1.jsonl"]
    rows, _ = read("*.jsonl", function="json", only=set())
    assert (rows.num_rows, rows.schema.names) == (0, ["a", "b"])


def test_options_are_handed_on(lines) -> None:
    rows, _ = lines(b'{"a": 1, "b": 2}\n', columns={"a": "VARCHAR"})
    assert rows.to_pydict() == {"a": ["1"]}
