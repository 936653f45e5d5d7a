"""Line ends: a file that mixes several kinds of them is made to have one, outside of quoted values."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from penstock.lake.encoding import CHUNK, Opener


def mixes_newlines(opened: Opener, encoding: str) -> bool:
    """Return whether rows end in more than one way; line ends within quoted values do not count."""
    if not encoding.startswith(("utf-16", "utf-32")) and not has_several(opened):
        return False
    kinds = [0, 0, 0]
    try:
        with opened() as stream, io.TextIOWrapper(stream, encoding, errors="replace", newline="") as text:
            for outside, part in _parts(iter(lambda: text.read(CHUNK), "")):
                if outside:
                    kinds = [total + more for total, more in zip(kinds, _kinds(part), strict=True)]
    except UnicodeError:
        # UTF-16 without its mark, which not even `replace` reads: decoding the text tells the place.
        return False
    return sum(1 for count in kinds if count) > 1


def mended(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the text with every line end outside of quoted values made a line feed."""
    for outside, part in _parts(pieces):
        yield part.replace("\r\n", "\n").replace("\r", "\n") if outside else part


def has_several(opened: Opener) -> bool:
    """Return whether a file holds line ends of more than one kind, wherever they stand."""
    kinds = [0, 0, 0]
    held = b""
    with opened() as stream:
        while chunk := stream.read(CHUNK):
            chunk = held + chunk
            held = b"\r" if chunk.endswith(b"\r") else b""
            returns = chunk.count(b"\r") - len(held)
            both = chunk.count(b"\r\n") if returns else 0
            returns -= both
            kinds = [kinds[0] + both, kinds[1] + chunk.count(b"\n") - both, kinds[2] + returns]
    kinds[2] += len(held)
    return sum(1 for count in kinds if count) > 1


def _kinds(text: str) -> tuple[int, int, int]:
    both = text.count("\r\n")
    return both, text.count("\n") - both, text.count("\r") - both


def _parts(pieces: Iterable[str]) -> Iterator[tuple[bool, str]]:
    """Yield the text in parts, each outside or inside of double quotes; no part ends between CR and LF."""
    outside, held = True, ""
    for piece in pieces:
        text = held + piece
        held = "\r" if text.endswith("\r") else ""
        text = text[: len(text) - len(held)]
        for index, part in enumerate(text.split('"')):
            if index:
                yield True, '"'
                outside = not outside
            if part:
                yield outside, part
    if held:
        yield outside, held
