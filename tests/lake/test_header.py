"""The first lines of a text file: names, doubled ones, a row without names, lines above the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.errors import BadData
from penstock.lake.database import Connection
from penstock.lake.sources import prepare_source

Read = Callable[..., tuple[pa.Table, pa.Table]]


def notices(memory: Connection, root: Path, **options: object) -> list[str]:
    source = prepare_source(memory, "csv", ["a.csv"], options, root)
    source.close()
    return [notice.message for notice in source.notices]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("\ufeffid,값", ["id", "값"]),
        ('"id","a ""b"""', ["id", 'a "b"']),
        (",x", ["column0", "x"]),
        ("id, x ", ["id", "x"]),
        ("지역,이름 (원)", ["지역", "이름 (원)"]),
    ],
)
def test_names_as_people_write_them(read: Read, memory: Connection, tmp_path: Path, header: str, names) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n1,2.5\n2,3.5\n", encoding="utf-8")
    assert read("a.csv")[0].schema.names == names
    assert notices(memory, tmp_path) == []


def test_doubled_names_are_told_apart_and_told(read: Read, memory: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b,A,a,b_1\n1,2,3,4,5\n", encoding="utf-8")
    assert read("a.csv")[0].to_pydict() == {"a": [1], "b": [2], "A_1": [3], "a_2": [4], "b_1": [5]}
    assert notices(memory, tmp_path) == ["3 columns are called 'a'; they are read as a, A_1 and a_2."]


def test_names_that_only_look_doubled_are_not_told(memory: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,a_1,x_2\n1,2,3\n", encoding="utf-8")
    assert notices(memory, tmp_path) == []


def test_a_first_line_of_values_is_a_row(read: Read, memory: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ham\tgo on\nspam\twin now\nham\tsee you\nham\tok\n", encoding="utf-8")
    assert read("a.csv")[0].to_pydict() == {
        "column0": ["ham", "spam", "ham", "ham"],
        "column1": ["go on", "win now", "see you", "ok"],
    }
    (notice,) = notices(memory, tmp_path)
    assert notice.startswith("The first line is read as a row, since 'ham' in it is a value of its column.")
    assert read("a.csv", header=True)[0].schema.names == ["ham", "go on"]


def test_a_header_that_stands_again_between_the_rows_is_one(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kind,text\nham,a\nkind,text\nspam,b\nkind,text\n", encoding="utf-8")
    assert read("a.csv")[0].schema.names == ["kind", "text"]


def test_unbalanced_quotes_are_text_where_tabs_part(read: Read, shared_data: Callable[[str], Path]) -> None:
    rows, rejected = read("SMSSpamCollection.txt", root=shared_data("sms-spam"))
    assert (rows.num_rows, rejected.num_rows) == (5574, 0)
    assert rows.to_pandas()["column0"].value_counts().to_dict() == {"ham": 4827, "spam": 747}


def test_looking_at_a_file_leaves_the_transaction_whole(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a\t"b\nham\t"x" y\nspam\tz "\n' * 3, encoding="utf-8")
    with connection.transaction():
        source = prepare_source(connection, "csv", ["a.csv"], {}, tmp_path)
        assert connection.rows("SELECT 1") == [(1,)]
        source.close()


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Sales of 2024,,\n,,\n", 3),
        ("Sales of 2024\n\nby me\n", 4),
        ("Report, of 2024,\n\n", 3),
        ("Sales,,\n", 2),
    ],
)
def test_lines_above_the_table_stop_with_the_line_of_the_names(
    read: Read, tmp_path: Path, above: str, line: int
) -> None:
    rows = "".join(f"{number},{number}.5,x\n" for number in range(20))
    (tmp_path / "a.csv").write_text(f"{above}id,price,who\n{rows}", encoding="utf-8")
    with pytest.raises(BadData) as caught:
        read("a.csv")
    assert f"skip_leading_rows = {line}" in str(caught.value)
    assert read("a.csv", skip=line - 1, header=True)[0].schema.names == ["id", "price", "who"]


def test_a_preamble_padded_with_delimiters_is_shown(read: Read, shared_data: Callable[[str], Path]) -> None:
    root = shared_data("korean-public-cp949")
    with pytest.raises(BadData) as caught:
        read("kma*.csv", root=root)
    (finding,) = caught.value.diagnostics
    assert finding.message.startswith("kma_seoul_daily_temp.csv: the first 4 lines are not like the rows below")
    assert "4 │ 연월일,평균기온,평균기온,평균기온\n5 │ ,,품질정보,균질정보" in finding.message
    rows, rejected = read("kma*.csv", root=root, skip=4, header=True)
    assert (rows.shape, rejected.num_rows) == ((4018, 4), 0)
    assert [str(field.type) for field in rows.schema] == ["date32[day]", "double", "int64", "int64"]


def test_a_table_of_texts_has_nothing_above_it(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("who,what,\nx,y,\n" + "p,q,r\n" * 30, encoding="utf-8")
    assert read("a.csv")[0].num_rows == 31
