"""The encoding of text files: detected from the whole file, or told; a misfit is named by its place."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import BadData, InvalidOption
from penstock.core.names import did_you_mean
from penstock.core.spans import Span

CHUNK = 1 << 20
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a message offers; Latin-1 takes any byte, so it comes last and says nothing.
CANDIDATES = ("utf-8", "cp949", "shift_jis", "gb18030", "big5", "cp1252", "latin-1")
KNOWN = (*CANDIDATES, "euc-kr", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "euc-jp", "iso-8859-1", "ascii")

Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Misfit:
    """Where bytes stop fitting an encoding: line and column in characters from 1, offset in bytes from 0."""

    line: int
    column: int
    offset: int
    byte: int


def encoding_named(name: str) -> str:
    """Return the codec for a name that the user wrote; raises InvalidOption.

    EUC-KR is read as CP949, which holds it whole: files said to be the one are often the other.
    """
    try:
        info = codecs.lookup(name)
        "".encode(info.name)
    except LookupError:
        hint = did_you_mean(name, KNOWN)
        raise InvalidOption(Diagnostic("option", f"There is no encoding {name!r}.", None, hint)) from None
    return {"euc_kr": "cp949", "utf-8": "utf-8-sig"}.get(info.name, info.name)


def detect_encoding(opened: Opener, path: str) -> str:
    """Return the encoding that the whole file fits: by its mark, UTF-16 by its zero bytes, UTF-8, or CP949.

    Raises BadData with the place of the first byte that is not UTF-8, and the encodings that would fit.
    """
    with opened() as stream:
        head = stream.read(4096)
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    wide = _wide_encoding(head)
    if wide:
        return wide
    misfit = find_misfit(opened, "utf-8")
    if misfit is None:
        return "utf-8"
    if find_misfit(opened, "cp949") is None and _looks_korean(opened):
        return "cp949"
    raise misfit_error(opened, path, "utf-8", misfit)


def find_misfit(opened: Opener, encoding: str) -> Misfit | None:
    """Return the first place where a file does not fit an encoding, or None."""
    found = _first_misfit(opened, encoding)
    if found is None:
        return None
    offset, byte = found
    line, column = 1, 1
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with opened() as stream:
        left = offset
        while left:
            chunk = stream.read(min(CHUNK, left))
            line, column = _after(decoder.decode(chunk), line, column)
            left -= len(chunk)
    return Misfit(line, column, offset, byte)


def _first_misfit(opened: Opener, encoding: str) -> tuple[int, int] | None:
    """Return the offset and the value of the first byte that does not fit, or None."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    plain = not encoding.startswith(("utf-16", "utf-32"))
    offset, pending = 0, 0
    with opened() as stream:
        while True:
            chunk = stream.read(CHUNK)
            if not (plain and chunk and not pending and chunk.isascii()):
                try:
                    decoder.decode(chunk, final=not chunk)
                except UnicodeDecodeError as problem:
                    return offset - pending + problem.start, problem.object[problem.start]
                except UnicodeError:
                    # Of UTF-16 and UTF-32 that is said of a text without a byte order mark.
                    return 0, chunk[0]
                pending = len(decoder.getstate()[0])
            offset += len(chunk)
            if not chunk:
                return None


def misfit_error(opened: Opener, path: str, encoding: str, misfit: Misfit) -> BadData:
    """Return the error for a file that does not fit `encoding`, with the encodings that it would fit."""
    fitting = [name for name in CANDIDATES if find_misfit(opened, name) is None]
    message = (
        f"{path} is not {encoding}: byte 0x{misfit.byte:02x} at offset {misfit.offset} "
        f"(line {misfit.line}, column {misfit.column}) does not belong there."
    )
    offered = ", ".join(f"encoding = {name!r}" for name in fitting if name != encoding)
    hint = f"If it was written in another encoding, say so: {offered}." if offered else None
    span = Span(path, misfit.line, misfit.column, misfit.line, misfit.column + 1)
    return BadData.of(message, span=span, hint=hint)


def decoded(opened: Opener, encoding: str, path: str) -> Iterator[str]:
    """Yield the file's text in pieces, without a byte order mark; raises BadData for a misfit."""
    misfit = find_misfit(opened, encoding)
    if misfit is not None:
        raise misfit_error(opened, path, encoding, misfit)
    with opened() as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        first = True
        while piece := text.read(CHUNK):
            yield piece.removeprefix("\ufeff") if first else piece
            first = False


def _wide_encoding(head: bytes) -> str | None:
    """Return the kind of UTF-16 that a file without a mark is in, or None.

    Every ASCII character has a zero byte at its side there, line ends above all. Other text with a NUL astray consists
    of pairs of ASCII bytes still, which UTF-16 of Korean or Western text does not.
    """
    head = head[: len(head) // 2 * 2]
    first, second = head[0::2], head[1::2]
    pairs = list(zip(first, second, strict=True))
    plain = sum(1 for one, other in pairs if 0x20 <= one < 0x7F and 0x20 <= other < 0x7F)
    if not pairs or plain > len(pairs) / 2:
        return None
    ends = {"utf-16-le": pairs.count((0x0A, 0)), "utf-16-be": pairs.count((0, 0x0A))}
    if any(ends.values()):
        return max(ends, key=lambda name: ends[name])
    zeros = {"utf-16-le": second.count(0) / len(pairs), "utf-16-be": first.count(0) / len(pairs)}
    likely = max(zeros, key=lambda name: zeros[name])
    return likely if b"\n" not in head and zeros[likely] > 0.3 and min(zeros.values()) < 0.05 else None


def _looks_korean(opened: Opener) -> bool:
    """Return whether a file that decodes as CP949 reads as Korean.

    Western text in Latin-1 can decode by chance, but then into syllables outside KS X 1001; Chinese and Japanese text
    decode into syllables and Chinese characters by halves.
    """
    with opened() as stream:
        sample = codecs.getincrementaldecoder("cp949")("strict").decode(stream.read(CHUNK))
    letters = [character for character in sample if not character.isascii()]
    everyday = sum(1 for character in letters if character.encode("euc_kr", "ignore"))
    hangul = sum(1 for character in letters if "\uac00" <= character <= "\ud7a3")
    chinese = sum(1 for character in letters if "\u4e00" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff")
    return everyday >= len(letters) / 2 and hangul >= 0.7 * (hangul + chinese)


def _after(text: str, line: int, column: int) -> tuple[int, int]:
    ends = text.count("\n")
    if not ends:
        return line, column + len(text)
    return line + ends, len(text) - text.rfind("\n")
