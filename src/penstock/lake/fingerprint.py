"""BigQuery's FARM_FINGERPRINT: the Fingerprint64 of Google's FarmHash (farmhashna), over whole columns of texts.

Scripts split rows by it, so the same row must fall on the same side here as there.
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Places = NDArray[np.int64]

K0 = np.uint64(0xC3A5C85C97CB3127)
K1 = np.uint64(0xB492B66FBE98F273)
K2 = np.uint64(0x9AE16A3B2F90404F)
SEED = np.uint64(81)
BLOCK = 64


def fingerprints(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the signed 64-bit fingerprint of each text's UTF-8 bytes; NULL for NULL."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    array = texts.cast(pa.large_binary())
    _, offsets_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64, len(array) + 1, array.offset * 8) if len(array) else np.zeros(1)
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer else np.empty(0, np.uint8)
    # Eight bytes more, so that a word can be fetched at every place.
    text = _Text(np.concatenate([data, np.zeros(8, np.uint8)]))
    begins, lengths = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    found = np.full(len(array), K2)
    bounds = (0, 3, 7, 16, 32, BLOCK, sys.maxsize)
    for low, high, hashed in zip(bounds, bounds[1:], BY_LENGTH, strict=False):
        rows = np.flatnonzero((lengths > low) & (lengths <= high))
        if len(rows):
            found[rows] = hashed(text, begins[rows], lengths[rows])
    return pa.array(found.view(np.int64), mask=np.asarray(array.is_null()))


class _Text:
    """All bytes, and the little-endian numbers that begin at each of them."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._bytes = data
        self._words = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
        self._halves = np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))

    def byte(self, places: Places) -> Words:
        return self._bytes[places].astype(np.uint64)

    def half(self, places: Places) -> Words:
        return self._halves[places].astype(np.uint64)

    def word(self, places: Places) -> Words:
        return self._words[places].astype(np.uint64)


def _turned(value: Words, by: int) -> Words:
    return (value >> np.uint64(by)) | (value << np.uint64(64 - by))


def _mixed(value: Words) -> Words:
    return value ^ (value >> np.uint64(47))


def _of_two(one: Words, other: Words, factor: Words) -> Words:
    return _mixed((_mixed((one ^ other) * factor) ^ other) * factor) * factor


def _factor(lengths: Places) -> Words:
    return K2 + lengths.astype(np.uint64) * np.uint64(2)


def _up_to_3(text: _Text, begins: Places, lengths: Places) -> Words:
    first, middle, last = (text.byte(begins + place) for place in (0, lengths >> 1, lengths - 1))
    head = first + (middle << np.uint64(8))
    tail = lengths.astype(np.uint64) + (last << np.uint64(2))
    return _mixed(head * K2 ^ tail * K0) * K2


def _up_to_7(text: _Text, begins: Places, lengths: Places) -> Words:
    head = lengths.astype(np.uint64) + (text.half(begins) << np.uint64(3))
    return _of_two(head, text.half(begins + lengths - 4), _factor(lengths))


def _up_to_16(text: _Text, begins: Places, lengths: Places) -> Words:
    factor = _factor(lengths)
    head = text.word(begins) + K2
    tail = text.word(begins + lengths - 8)
    return _of_two(_turned(tail, 37) * factor + head, (_turned(head, 25) + tail) * factor, factor)


def _up_to_32(text: _Text, begins: Places, lengths: Places) -> Words:
    factor, ends = _factor(lengths), begins + lengths
    a, b = text.word(begins) * K1, text.word(begins + 8)
    c, d = text.word(ends - 8) * factor, text.word(ends - 16) * K2
    return _of_two(_turned(a + b, 43) + _turned(c, 30) + d, a + _turned(b + K2, 18) + c, factor)


def _up_to_64(text: _Text, begins: Places, lengths: Places) -> Words:
    factor, ends = _factor(lengths), begins + lengths
    a, b = text.word(begins) * K2, text.word(begins + 8)
    c, d = text.word(ends - 8) * factor, text.word(ends - 16) * K2
    y = _turned(a + b, 43) + _turned(c, 30) + d
    z = _of_two(y, a + _turned(b + K2, 18) + c, factor)
    e, f = text.word(begins + 16) * factor, text.word(begins + 24)
    g, h = (y + text.word(ends - 32)) * factor, (z + text.word(ends - 24)) * factor
    return _of_two(_turned(e + f, 43) + _turned(g, 30) + h, e + _turned(f + a, 18) + g, factor)


def _longer(text: _Text, begins: Places, lengths: Places) -> Words:
    """Return the fingerprints of texts of more than a block: each block is stirred in, the last 64 bytes once more."""
    rows = np.arange(len(begins))
    blocks = (lengths - 1) // BLOCK
    state = np.empty((7, len(begins)), np.uint64)
    start = np.full(len(begins), K2) * SEED + text.word(begins)
    y = np.full(len(begins), K1) * SEED + np.uint64(113)
    state[0], state[1], state[2], state[3:] = start, y, _mixed(y * K2 + np.uint64(113)) * K2, 0
    for number in range(int(blocks.max())):
        rows = rows[blocks[rows] > number]
        places = begins[rows] + number * BLOCK
        state[:, rows] = _stirred(text, places, state[:, rows], np.full(len(rows), K1), np.uint64(1))
    factor = K1 + ((state[2] & np.uint64(0xFF)) << np.uint64(1))
    state[5] += ((lengths - 1) % BLOCK).astype(np.uint64)
    state[3] += state[5]
    state[5] += state[3]
    x, y, z, v, v2, w, w2 = _stirred(text, begins + lengths - BLOCK, state, factor, np.uint64(9))
    return _of_two(_of_two(v, w, factor) + _mixed(y) * K0 + z, _of_two(v2, w2, factor) + x, factor)


def _stirred(text: _Text, places: Places, state: Words, factor: Words, weight: np.uint64) -> Words:
    """Return the state x, y, z, v, v2, w, w2 after the 64 bytes at `places`."""
    x, y, z, v, v2, w, w2 = state
    x = _turned(x + y + v + text.word(places + 8), 37) * factor
    y = _turned(y + v2 + text.word(places + 48), 42) * factor
    x = x ^ (w2 * weight)
    y = y + v * weight + text.word(places + 40)
    z = _turned(z + w, 33) * factor
    new_v = _folded(text, places, v2 * factor, x + w)
    new_w = _folded(text, places + 32, z + w2, y + text.word(places + 16))
    return np.stack([z, y, x, *new_v, *new_w])


def _folded(text: _Text, places: Places, a: Words, b: Words) -> tuple[Words, Words]:
    w, x, y, z = (text.word(places + 8 * number) for number in range(4))
    a = a + w
    b = _turned(b + a + z, 21)
    total = a + x + y
    return total + z, b + _turned(total, 44) + a


BY_LENGTH = (_up_to_3, _up_to_7, _up_to_16, _up_to_32, _up_to_64, _longer)
