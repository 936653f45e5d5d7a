from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.core.errors import BadData, InvalidOption
from penstock.lake.encoding import CHUNK, decoded, detect_encoding, encoding_named, find_misfit
from penstock.lake.workspace import open_text

KOREAN = "지역,가격\n서울특별시,1029542\n부산광역시,547000\n똠방각하,1\n"


def detected(content: bytes) -> str:
    return detect_encoding(lambda: io.BytesIO(content), "data.csv")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"", "utf-8"),
        (b"a,b\n1,2\n", "utf-8"),
        (KOREAN.encode(), "utf-8"),
        (KOREAN.encode("utf-8-sig"), "utf-8-sig"),
        (KOREAN.encode("cp949"), "cp949"),
        ("지역,가격\n서울,1\n".encode("euc-kr"), "cp949"),
        (KOREAN.encode("utf-16"), "utf-16"),
        (KOREAN.encode("utf-16-le"), "utf-16-le"),
        (KOREAN.encode("utf-16-be"), "utf-16-be"),
        ("a,b\r\n1,2\r\n".encode("utf-16-le"), "utf-16-le"),
        ("hello".encode("utf-16-be"), "utf-16-be"),
        (b"a,b\n1,x\x00y\n2,z\n", "utf-8"),
        (b"a,b\n\x00\x00,\x00\n", "utf-8"),
    ],
)
def test_the_encoding_is_detected(content: bytes, encoding: str) -> None:
    assert detected(content) == encoding


def test_the_whole_file_counts_not_its_beginning() -> None:
    ascii_start = b"a,b\n" + b"1,x\n" * (CHUNK // 2)
    assert detected(ascii_start + "2,서울\n".encode()) == "utf-8"
    assert detected(KOREAN.encode("cp949") + ascii_start + "2,서울\n".encode("cp949")) == "cp949"
    with pytest.raises(BadData) as caught:
        detected(ascii_start + b"2,\xff\n")
    assert f"offset {len(ascii_start) + 2} (line {CHUNK // 2 + 2}, column 3)" in str(caught.value)


@pytest.mark.parametrize("text", ["Größe;Ångström;Öl\n", "naïve café\n", "Ångström\n"])
def test_western_text_is_not_taken_for_korean(text: str) -> None:
    with pytest.raises(BadData, match="encoding = 'cp1252'"):
        detected(text.encode("latin-1"))


def test_chinese_text_is_not_taken_for_korean() -> None:
    with pytest.raises(BadData, match="gb18030"):
        detected("城市,价格\n北京,100\n广州,200\n数据科学与机器学习\n".encode("gb18030"))


def test_a_misfit_is_told_by_file_line_column_and_what_would_fit() -> None:
    with pytest.raises(BadData) as caught:
        detected("이름\n가나".encode() + b"\xff\xfe\n")
    (finding,) = caught.value.diagnostics
    assert finding.span is not None
    assert (finding.span.path, finding.span.line, finding.span.column) == ("data.csv", 2, 3)
    assert "byte 0xff at offset 13" in finding.message
    assert "encoding = 'latin-1'" in (finding.hint or "")


@pytest.mark.parametrize("split", range(CHUNK - 3, CHUNK + 2))
def test_a_character_across_two_chunks_is_whole(split: int) -> None:
    content = b"x" * split + "가\n나".encode() + b"\xff"
    misfit = find_misfit(lambda: io.BytesIO(content), "utf-8")
    assert misfit is not None
    assert (misfit.line, misfit.column, misfit.offset) == (2, 2, split + 7)


def test_a_file_cut_within_a_character_does_not_fit() -> None:
    misfit = find_misfit(lambda: io.BytesIO("가나".encode()[:-1]), "utf-8")
    assert misfit is not None
    assert misfit.offset == 3


def test_names_of_encodings() -> None:
    assert encoding_named("EUC-KR") == encoding_named("cp949") == encoding_named("ms949") == "cp949"
    assert encoding_named("latin1") == "iso8859-1"
    for wrong in ("utf9", "zip", "hex", ""):
        with pytest.raises(InvalidOption):
            encoding_named(wrong)
    with pytest.raises(InvalidOption, match="Did you mean 'cp949'"):
        encoding_named("cp-949x")


TEXTS = st.text(st.characters(codec="cp949", exclude_categories=["Cc", "Cs"]), max_size=200)


@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"]))
@example("가" * 3, "cp949")
def test_text_told_its_encoding_comes_back(text: str, encoding: str) -> None:
    content = text.encode(encoding)
    named = encoding_named(encoding)
    assert "".join(decoded(lambda: io.BytesIO(content), named, "x")) == text.removeprefix("\ufeff")


def test_gzipped_text_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(KOREAN.encode("cp949")))
    assert detect_encoding(lambda: open_text(str(path)), "data.csv.gz") == "cp949"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_text_without_the_mark_of_its_told_encoding_is_a_misfit(encoding: str) -> None:
    assert find_misfit(lambda: io.BytesIO("이름\n".encode("cp949")), encoding) is not None
