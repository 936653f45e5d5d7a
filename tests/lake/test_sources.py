from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penstock.core.errors import BadData, InvalidOption, UserError
from penstock.lake.database import Connection
from penstock.lake.sources import prepare_source

KOREAN = "지역,이름,가격\n서울,김철수,1029542\n부산,이영희,547000\n"
Read = Callable[..., tuple[pa.Table, pa.Table]]


def places(rejected: pa.Table) -> list[tuple[object, ...]]:
    names = ("file", "line", "column", "column_position", "expected")
    return [tuple(row[name] for name in names) for row in rejected.to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_korean_text_is_read_in_any_encoding(read: Read, tmp_path: Path, encoding: str, packed: bool) -> None:
    content = KOREAN.encode(encoding)
    path = tmp_path / ("가격.csv.gz" if packed else "가격.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    rows, rejected = read("가격*")
    assert rows.to_pydict() == {"지역": ["서울", "부산"], "이름": ["김철수", "이영희"], "가격": [1029542, 547000]}
    assert rejected.num_rows == 0


def test_an_encoding_that_is_told_goes_before_detection(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("name\ncafé\n".encode("latin-1"))
    assert read("a.csv", encoding="latin-1")[0].to_pydict() == {"name": ["café"]}
    with pytest.raises(BadData, match=r"a.csv:2:4"):
        read("a.csv")
    with pytest.raises(BadData, match=r"a.csv is not cp949"):
        read("a.csv", encoding="euc-kr")


def test_temporary_copies_are_removed(memory: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    (tmp_path / "a.csv").write_bytes(KOREAN.encode("cp949"))
    source = prepare_source(memory, "csv", ["a.csv"], {}, tmp_path)
    assert list(copies.iterdir())
    source.close()
    assert not list(copies.iterdir())
    (tmp_path / "b.csv").write_bytes(b"\xff\xff")
    with pytest.raises(BadData):
        prepare_source(memory, "csv", ["a.csv", "b.csv"], {}, tmp_path)
    assert not list(copies.iterdir())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a;b\n1;2,5\n3;4\n", {"a": [1, 3], "b": ["2,5", "4"]}),
        (b"a\tb\n1\tx y\n", {"a": [1], "b": ["x y"]}),
        (b"a|b\n1|2\n", {"a": [1], "b": [2]}),
        (b"1 2.5 x\n3 4.5 y\n", {"column0": [1, 3], "column1": [2.5, 4.5], "column2": ["x", "y"]}),
        (b"a\n1\n2\n", {"a": [1, 2]}),
        (b"a,b\r\n1,x\r\n", {"a": [1], "b": ["x"]}),
        (b"a,b\r1,x\r", {"a": [1], "b": ["x"]}),
        (b'a,b\n1,x\r\n2,y\n3,"p\r\nq"\r\n', {"a": [1, 2, 3], "b": ["x", "y", "p\r\nq"]}),
        (b"a,b\n1,x\x00y\n", {"a": [1], "b": ["x\x00y"]}),
        (b"a,b\n", {"a": [], "b": []}),
        (b"a,a,b\n1,2,3\n", {"a": [1], "a_1": [2], "b": [3]}),
        (b"who,ok\nx,Yes\ny,No\n", {"who": ["x", "y"], "ok": ["Yes", "No"]}),
        (b"who,ok\nx,true\ny,False\n", {"who": ["x", "y"], "ok": [True, False]}),
        (b'a,b\n,1\n"",2\n', {"a": [None, None], "b": [1, 2]}),
        (b'"a ""b""",c\n"1, ""2""",3\n', {'a "b"': ['1, "2"'], "c": [3]}),
    ],
)
def test_the_ways_of_writing_a_table(read: Read, tmp_path: Path, content: bytes, expected: dict[str, object]) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    rows, rejected = read("a.csv")
    assert rows.to_pydict() == expected
    assert rejected.num_rows == 0


def test_quotes_that_come_after_the_sample_are_quotes(read: Read, tmp_path: Path) -> None:
    lines = ["a,b", *(f"{number},x" for number in range(30_000)), '30000,"p, ""q"""']
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    rows, rejected = read("a.csv", sample_size=1000)
    assert rows.num_rows == 30_001
    assert rows["b"][-1].as_py() == 'p, "q"'
    assert rejected.num_rows == 0


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (b"a,b\n1,2\n3,4,5\n6,7\n", {}, [("a.csv", 3, None, 4, "2 columns")]),
        (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", {}, [("a.csv", 3, None, 4, "3 columns")]),
        (b"a,b\n1,x\noops,y\n", {"types": {"a": "BIGINT"}}, [("a.csv", 3, "a", 1, "BIGINT")]),
        ("이름,값\n가나,1\n다라,마\n".encode(), {"types": {"값": "BIGINT"}}, [("a.csv", 3, "값", 4, "BIGINT")]),
        (
            "이름,값\n가나,1\n다라,마\n".encode("cp949"),
            {"types": {"값": "INTEGER"}},
            [("a.csv", 3, "값", 4, "INTEGER")],
        ),
        (b'a,b\n1,"x\n2,y\n3,z\n', {}, [("a.csv", 2, "b", 3, "a closing quote")]),
        (b'a,b\r\n"1\r\n2",x\r\n3,4,5\r\n', {}, [("a.csv", 4, None, 4, "2 columns")]),
        (b'a,b\n"x\ny",1\n"p\nq",no\n', {"types": {"b": "INTEGER"}}, [("a.csv", 5, "b", 4, "INTEGER")]),
        (
            b"a,b\nx,y\n1,2,3\n",
            {"types": {"a": "INTEGER"}},
            [("a.csv", 2, "a", 1, "INTEGER"), ("a.csv", 3, None, 4, "2 columns")],
        ),
        (b"d\n2024-01-01\n2024-13-01\n", {"types": {"d": "DATE"}}, [("a.csv", 3, "d", 1, "DATE")]),
    ],
)
def test_an_unreadable_row_is_told_by_line_and_column(read: Read, tmp_path: Path, content, options, expected) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    _, rejected = read("a.csv", **options)
    assert places(rejected) == expected


def test_a_rejected_row_shows_its_text_and_what_is_wrong(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("이름,값\r\n가,1\r\n나,열\r\n다,2,3\r\n".encode("cp949"))
    _, rejected = read("a.csv", types={"값": "BIGINT"})
    assert rejected.select(["message", "raw_line"]).to_pylist() == [
        {"message": 'column 값: "열" is not BIGINT', "raw_line": "나,열"},
        {"message": "3 columns instead of 2", "raw_line": "다,2,3"},
    ]


def test_lines_are_right_far_into_a_large_gzipped_file(read: Read, tmp_path: Path) -> None:
    row = '"two\nlines",1,' + "x" * 100 + "\n"
    content = "a,b,c\n" + row * 60_000 + "p,no,z\n" + row * 20_000 + "1,2,3,4\n"
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content.encode(), 1))
    rows, rejected = read("a.csv.gz", types={"b": "INTEGER"})
    assert rows.num_rows == 80_000
    assert [(place[1], place[2]) for place in places(rejected)] == [(120_002, "b"), (160_003, None)]


def test_a_row_is_rejected_once_however_often_it_is_read(memory: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n3,4,5\n6,7\n")
    source = prepare_source(memory, "csv", ["a.csv"], {}, tmp_path)
    assert source.rejected().num_rows == 0
    query = f"SELECT count(*) FROM {source.sql} x JOIN {source.sql} y USING (a)"
    assert memory.rows(query) == memory.rows(query) == [(2,)]
    assert source.rejected().num_rows == 1
    source.close()


def test_columns_are_joined_by_name_and_typed_over_all_files(read: Read, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id,price,code\n1,2,007\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("code;id;price;neu\nA1;2;2.5;2024-01-01\n", encoding="utf-8")
    (tmp_path / "3.csv").write_text("id,price,code\n", encoding="utf-8")
    (tmp_path / "4.csv").write_text("", encoding="utf-8")
    (tmp_path / "5.csv").write_text("ID,price,code\n3,,008\n", encoding="utf-8")
    rows, _ = read("[1-5].csv", filename=True)
    assert rows.sort_by("id").to_pydict() == {
        "id": [1, 2, 3],
        "price": [2.0, 2.5, None],
        "code": ["007", "A1", "008"],
        "neu": [None, __import__("datetime").date(2024, 1, 1), None],
        "filename": ["1.csv", "2.csv", "5.csv"],
    }


def test_only_some_files_are_read_in_the_columns_of_all(read: Read, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id,code\n1,A1\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("id,code,neu\n2,007,5\n", encoding="utf-8")
    rows, _ = read("*.csv", only={"2.csv"})
    assert rows.to_pydict() == {"id": [2], "code": ["007"], "neu": [5]}
    rows, _ = read("*.csv", only={"1.csv"})
    assert rows.to_pydict() == {"id": [1], "code": ["A1"], "neu": [None]}
    rows, _ = read("*.csv", only=set())
    assert (rows.num_rows, rows.schema.names) == (0, ["id", "code", "neu"])


def test_a_header_in_one_file_only_is_refused(read: Read, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id,price\n1,2\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("2,3\n3,4\n", encoding="utf-8")
    with pytest.raises(BadData, match=r"1.csv has a header line, but 2.csv"):
        read("*.csv")
    assert read("2.csv", header=False, names=["id", "price"])[0].to_pydict() == {"id": [2, 3], "price": [3, 4]}


def test_lines_above_the_table_are_told(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Sales of 2024\n\nby me\nid,price\n1,2\n2,3\n3,4\n", encoding="utf-8")
    with pytest.raises(BadData, match="skip = 3"):
        read("a.csv")
    assert read("a.csv", skip=3)[0].to_pydict() == {"id": [1, 2, 3], "price": [2, 3, 4]}


def test_a_file_without_a_line_is_told(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\n \n")
    with pytest.raises(BadData, match=r"a.csv is empty: there is neither a header nor a row"):
        read("a.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimm": ","}, "Did you mean 'delim'"),
        ({"ignore_errors": True}, "max_rejects"),
        ({"union_by_name": False}, "always matched by name"),
        ({"encoding": 5}, "must be a text"),
        ({"encoding": "utf-9"}, "Did you mean 'utf-8'"),
    ],
)
def test_options_are_checked(read: Read, tmp_path: Path, options: dict[str, object], message: str) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(InvalidOption, match=message):
        read("a.csv", **options)


def test_options_are_handed_on(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("# remark\na;d;v\n1,5;31/12/2024;NA\n", encoding="utf-8")
    rows, _ = read("a.csv", sep=";", decimal_separator=",", dateformat="%d/%m/%Y", nullstr="NA", comment="#")
    assert str(rows.to_pylist()) == "[{'a': 1.5, 'd': datetime.date(2024, 12, 31), 'v': None}]"


def test_a_member_of_an_archive_is_a_file(read: Read, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/시간.csv", KOREAN.encode("cp949"))
        archive.writestr("in/day.csv", "a,b\n1,2\n")
    assert read("a.zip/in/시간.csv")[0].num_rows == 2
    assert read("*.zip/in/*ay.csv", filename="file")[0].to_pydict() == {
        "a": [1],
        "b": [2],
        "file": ["a.zip/in/day.csv"],
    }
    with pytest.raises(BadData, match=r"Did you mean 'a.zip/in/day.csv'"):
        read("a.zip/in/days.csv")
    (tmp_path / "b.zip").write_bytes(b"no archive")
    with pytest.raises(BadData, match=r"b.zip is not a zip archive"):
        read("b.zip/x.csv")


def test_a_broken_gzip_is_told(read: Read, tmp_path: Path) -> None:
    whole = gzip.compress(KOREAN.encode() * 1000)
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.csv.gz").write_bytes(b"no gzip")
    for name in ("a.csv.gz", "b.csv.gz"):
        with pytest.raises(BadData, match=f"{name} cannot be unpacked"):
            read(name)


def test_parquet_files_are_joined_by_name(read: Read, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"b": ["y"], "c": [2.5]}), tmp_path / "2.parquet")
    rows, _ = read("*.parquet", function="parquet", filename=True)
    assert rows.to_pydict() == {
        "a": [1, None],
        "b": ["x", "y"],
        "c": [None, 2.5],
        "filename": ["1.parquet", "2.parquet"],
    }
    assert read("*.parquet", function="parquet", only={"2.parquet"})[0].num_rows == 1
    assert read("*.parquet", function="parquet", only=set())[0].schema.names == ["a", "b", "c"]
    (tmp_path / "3.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(UserError, match=r"3.parquet"):
        read("3.parquet", function="parquet")


def test_text_files_are_a_row_each(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("안녕\r\n".encode("cp949"))
    (tmp_path / "b.txt").write_bytes(b"hello")
    rows, _ = read("*.txt", function="text")
    assert rows.select(["filename", "content"]).to_pydict() == {
        "filename": ["a.txt", "b.txt"],
        "content": ["안녕\r\n", "hello"],
    }


def test_real_files_are_read_whole(read: Read, shared_data: Callable[[str], Path]) -> None:
    def shape(name: str, pattern: str, **options: object) -> tuple[int, int]:
        rows, rejected = read(pattern, root=shared_data(name), **options)
        assert rejected.num_rows == 0
        return rows.shape

    assert shape("korean-public-cp949", "apart_price.csv") == (187, 14)
    assert shape("korean-public-cp949", "incheon_airport.csv") == (222, 10)
    assert shape("korean-public-cp949", "seoul_pop2020_all.csv") == (450, 14)
    assert shape("korean-public-cp949", "부산*.csv") == (114, 15)
    assert shape("sms-spam", "SMSSpamCollection.txt", header=False) == (5574, 2)
    assert shape("nsmc-korean-reviews", "*.txt.gz") == (50_000, 6)
    assert shape("german-credit", "german_credit.txt") == (1000, 21)
    assert shape("bank-marketing", "bank-full.csv.gz") == (45_211, 17)
    assert shape("telco-churn", "*.csv") == (7043, 21)
    assert shape("bike-sharing", "*.zip/hour.csv") == (17_379, 17)
    assert shape("cmapss-fd001", "train_FD001.txt.gz")[0] == 20_631
    assert shape("baltimore-311-tickets", "*.csv.gz") == (10_000, 26)


CELLS = st.text(st.characters(codec="cp949", exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=8).map(lambda rows: (width, rows))
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    TABLES,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example((1, [("\r",)]), "utf-8", ",", "\n", False)
@example((2, [("a\r\nb", "c\nd"), ('"', "\r"), ("", " ")]), "cp949", ",", "\r\n", True)
def test_any_table_of_texts_comes_back(
    read: Read,
    tmp_path: Path,
    table: tuple[int, list[tuple[str, ...]]],
    encoding: str,
    delimiter: str,
    end: str,
    packed: bool,
) -> None:
    width, rows = table
    names = [f"열{index}" for index in range(width)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    content = text.getvalue().encode(encoding)
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    told = {"encoding": "cp949"} if encoding == "cp949" else {}
    found, rejected = read(path.name, header=True, all_varchar=True, delim=delimiter, **told)
    assert rejected.num_rows == 0
    assert found.schema.names == names
    # An empty value is a missing one, in quotes or not.
    assert [tuple(row.values()) for row in found.to_pylist()] == [tuple(cell or None for cell in row) for row in rows]
