"""Sparse vectors in a request: pairs, or all numbers written out."""

from __future__ import annotations

import pytest

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.value import converter, expectation

FEATURE = Feature("words", FeatureType.SPARSE_VECTOR, "list<struct<index: int64, value: double>>", 3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{"index": 2, "value": 0.5}, {"index": 0, "value": None}], [(2, 0.5), (0, None)]),
        ([[1, 2], (9, 3.0)], [(1, 2), (9, 3.0)]),
        ([0.0, 1.5, None], [(0, 0.0), (1, 1.5), (2, None)]),
        ([], []),
    ],
)
def test_pairs_and_written_out_vectors_are_read(given: list[object], expected: list[tuple[int, float | None]]) -> None:
    value, logged = converter(FEATURE)(given)
    assert value == logged == [{"index": index, "value": number} for index, number in expected]


@pytest.mark.parametrize(
    "given", ["words", [1.0, 2.0], [{"index": -1, "value": 1}], [{"index": 1}], [["a", 1]], [[1.5, 1]]]
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"no |another"):
        converter(FEATURE)(given)
    assert "pairs" in expectation(FEATURE)
