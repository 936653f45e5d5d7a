"""FarmHash's fingerprint, against the values that its authors and BigQuery's documentation give."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.lake.database import Connection
from penstock.lake.fingerprint import fingerprints

MASK = (1 << 64) - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1footrue", -1541654101129638711),
        ("2applefalse", 2794438866806483259),
        ("3true", -4880158226897771312),
        ("1", -9142586270102516767),
        ("foo", 6150913649986995171),
        ("", -7286425919675154353),
        ("test", 8581389452482819506),
        ("test" * 8, -4196240717365766262),
        ("test" * 64, 3500507768004279527),
    ],
)
def test_the_published_fingerprints(text: str, expected: int) -> None:
    assert fingerprints(pa.array([text])).to_pylist() == [expected]


def test_a_column_of_all_lengths_gives_what_each_text_gives_alone() -> None:
    texts = pa.array([None, *("가b" * length for length in range(120)), "", None])
    one_by_one = [fingerprints(pa.array([text], pa.string())).to_pylist()[0] for text in texts.to_pylist()]
    assert fingerprints(texts).to_pylist() == one_by_one
    assert fingerprints(texts.slice(7, 20)).to_pylist() == one_by_one[7:27]
    assert fingerprints(pa.chunked_array([texts, texts])).to_pylist() == one_by_one * 2
    assert fingerprints(pa.array([], pa.string())).to_pylist() == []


def test_every_length_agrees_with_the_reference() -> None:
    """The walk over buffers of up to 800 bytes that ports of FarmHash check themselves with, and its last value."""
    buffer, filled, total = np.zeros(3200, np.uint8), 0, 0

    def stir(length: int) -> int:
        (found,) = fingerprints(pa.array([buffer[:length].tobytes()], pa.binary())).to_pylist()
        mixed = total ^ (found & MASK)
        return ((mixed ^ (mixed >> 41)) * 949921979) & MASK

    for number in range(800):
        for power in (1, 2, 3, 0):
            length = (number, number**2 % max(filled, 1), number**3 % max(filled, 1), filled)[(power - 1) % 4]
            total = stir(length)
            buffer[filled] = ord("a") + (total & 0xFFFFF) % 26
            filled += 1
        x0, x1, x2 = (int(buffer[filled - back]) for back in (1, 2, 3))
        x3 = int(buffer[filled // 2])
        buffer[((x0 << 16) + (x1 << 8) + x2) % filled] ^= x3
        buffer[((x1 << 16) + (x2 << 8) + x3) % filled] ^= number % 256
    assert total == 0x7A1D67C50EC7E167


def test_a_query_may_use_it(connection: Connection) -> None:
    query = "SELECT farm_fingerprint(s) FROM (VALUES ('foo'), (NULL), ('1footrue')) AS t(s)"
    assert connection.rows(query) == [(6150913649986995171,), (None,), (-1541654101129638711,)]
    many = "SELECT count(*) FILTER (abs(farm_fingerprint(i::VARCHAR)) % 10 < 8) FROM range(100000) AS r(i)"
    assert connection.rows(many)[0][0] == pytest.approx(80_000, rel=0.01)
