"""Universal Binary JSON (draft 12, https://ubjson.org) as XGBoost writes it: `.ubj` files."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from penstock.core.errors import BadData

Json = Any
_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_WORDS: dict[str, Json] = {"Z": None, "T": True, "F": False}


def read_ubjson(content: bytes) -> Json:
    """Return the value that a text of UBJSON holds, lists of one type of numbers as NumPy arrays; raises BadData."""
    try:
        reader = _Reader(content)
        return reader.value(reader.mark())
    except (IndexError, struct.error, ValueError, RecursionError) as problem:
        message = "The file is not in the UBJSON format, or it is cut off."
        raise BadData.of(message, hint="Save the model again with Booster.save_model('model.ubj').") from problem


class _Reader:
    """A place in the bytes; every method reads on from it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def mark(self) -> str:
        """Return the next type mark, no-ops passed over."""
        while True:
            found = chr(self._content[self._place])
            self._place += 1
            if found != "N":
                return found

    def value(self, mark: str) -> Json:
        if mark in _NUMBERS:
            return self._numbers(mark, 1)[0].item()
        if mark in _WORDS:
            return _WORDS[mark]
        match mark:
            case "S":
                return self._text()
            case "C":
                return self._bytes(1).decode()
            case "{":
                return self._object()
            case "[":
                return self._list()
        raise ValueError(f"the mark {mark!r}")

    def _object(self) -> dict[str, Json]:
        kind, count = self._counted()
        found: dict[str, Json] = {}
        while count is None or len(found) < count:
            if count is None and self._peek() == "}":
                self._place += 1
                break
            key = self._text()
            found[key] = self.value(kind or self.mark())
        return found

    def _list(self) -> Json:
        kind, count = self._counted()
        if kind in _NUMBERS and count is not None:
            return self._numbers(kind, count)
        found: list[Json] = []
        while count is None or len(found) < count:
            if count is None and self._peek() == "]":
                self._place += 1
                break
            found.append(self.value(kind or self.mark()))
        return found

    def _counted(self) -> tuple[str | None, int | None]:
        """Return the type and the count that a container may declare."""
        kind = None
        if self._peek() == "$":
            self._place += 1
            kind = self.mark()
        if self._peek() != "#":
            return kind, None
        self._place += 1
        return kind, self._count()

    def _count(self) -> int:
        count = int(self.value(self.mark()))
        if not 0 <= count <= len(self._content):
            raise ValueError("a count of more than there is")
        return count

    def _text(self) -> str:
        return self._bytes(self._count()).decode()

    def _numbers(self, mark: str, count: int) -> Any:
        kind = np.dtype(_NUMBERS[mark])
        return np.frombuffer(self._bytes(count * kind.itemsize), kind).astype(kind.newbyteorder("="))

    def _bytes(self, count: int) -> bytes:
        piece = self._content[self._place : self._place + count]
        if len(piece) < count:
            raise IndexError("cut off")
        self._place += count
        return piece

    def _peek(self) -> str:
        return chr(self._content[self._place])
