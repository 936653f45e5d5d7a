from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.lake import newline
from penstock.lake.newline import mended, mixes_newlines

PIECES = st.lists(st.text(st.sampled_from('a"\r\n,'), max_size=6), max_size=6)


def mixes(content: bytes, encoding: str = "utf-8") -> bool:
    return mixes_newlines(lambda: io.BytesIO(content), encoding)


@pytest.mark.parametrize(
    ("content", "mixed"),
    [
        (b"", False),
        (b"a\nb\n", False),
        (b"a\r\nb\r\n", False),
        (b"a\rb\r", False),
        (b'a\r\n"x\ny"\r\n', False),
        (b'a\n"x\r\ny"\n', False),
        (b"a\r\nb\nc\r\n", True),
        (b"a\nb\rc\n", True),
        (b"a\nb\r", True),
        (b'"a""\n",b\nc\r\n', True),
    ],
)
def test_line_ends_within_quotes_do_not_count(content: bytes, mixed: bool) -> None:
    assert mixes(content) is mixed
    assert mixes(content.decode().encode("utf-16"), "utf-16") is mixed


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_line_end_across_two_chunks_is_one(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(newline, "CHUNK", size)
    assert not mixes(b"ab\r\ncd\r\n\r\n")
    assert mixes(b"ab\r\ncd\n\r\n")


@given(PIECES)
def test_mending_does_not_depend_on_how_the_text_comes(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = "".join(mended([text]))
    assert "".join(mended(pieces)) == whole
    outside = whole.split('"')[::2]
    assert not any("\r" in part for part in outside)
    assert whole.split('"')[1::2] == text.split('"')[1::2]
