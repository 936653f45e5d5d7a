from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.server.error import RefusedRequest
from penstock.server.tensor import DATATYPES, Tensor, encoded, read_tensor


def read(data, datatype="FP64", shape=None, binary=None):
    raw = {"name": "x", "datatype": datatype, "shape": [len(data)] if shape is None else shape}
    if binary is None:
        raw["data"] = data
    return read_tensor(raw, None if binary is None else memoryview(binary)).values


@given(st.lists(st.text()))
def test_texts_come_back_from_their_binary_form(texts):
    binary = encoded(Tensor("x", "BYTES", (len(texts),), texts))
    assert read(texts, "BYTES", binary=binary) == texts


@pytest.mark.parametrize("datatype", [kind for kind in DATATYPES if kind != "BYTES"])
def test_numbers_come_back_from_their_binary_form(datatype):
    values = [True, False] if datatype == "BOOL" else [0, 1, 100]
    binary = encoded(Tensor("x", datatype, (len(values),), values))
    assert read(values, datatype, binary=binary) == values


def test_a_missing_number_is_nan_in_binary_form():
    assert np.isnan(np.frombuffer(encoded(Tensor("x", "FP64", (2,), [1.0, None])), "<f8")[1])


def test_json_data_may_be_flat_or_by_row():
    assert read([1, 2, 3, 4], shape=[2, 2]) == [[1, 2], [3, 4]]
    assert read([[1, 2], [3, 4]], shape=[2, 2]) == [[1, 2], [3, 4]]
    assert read([[1], [2]], shape=[2, 1]) == [1, 2]
    assert read([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], shape=[2, 2, 2]) == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert read([1, 2, 3, 4], shape=[1, 2, 1, 2]) == [[1, 2, 3, 4]]
    assert read([[], []], shape=[2, 0]) == [[], []]
    assert read([None, 1.5]) == [None, 1.5]


@pytest.mark.parametrize(
    ("data", "datatype", "shape", "binary", "says"),
    [
        ([1], "FP61", [1], None, "datatype 'FP61'"),
        ([1], None, [1], None, "datatype None"),
        ([1], "FP64", None, None, "1 values"),
        ([1], "FP64", [2], None, "1 values"),
        ([1], "FP64", [], None, "needs a shape"),
        ([1], "FP64", [1] * 9, None, "needs a shape"),
        ([1], "FP64", [-1], None, "needs a shape"),
        ([1], "FP64", ["1"], None, "needs a shape"),
        ([1], "FP64", [True], None, "needs a shape"),
        (None, "FP64", [1], None, "no data"),
        ([5], "BYTES", [1], None, "holds the number 5"),
        ([1], "FP64", [1], b"1234", "4 bytes"),
        (["a"], "BYTES", [1], b"\x01", "cut off"),
        (["a"], "BYTES", [1], struct.pack("<I", 9) + b"a", "cut off"),
        (["a"], "BYTES", [1], struct.pack("<I", 1) + b"\xff", "not UTF-8"),
        (["a"], "BYTES", [2], struct.pack("<I", 1) + b"a", "1 values"),
    ],
)
def test_a_tensor_that_is_not_as_it_says_is_refused(data, datatype, shape, binary, says):
    if shape is None:
        shape = [7]
    with pytest.raises(RefusedRequest, match=says):
        read(data, datatype, shape, binary)


@pytest.mark.parametrize("raw", [None, {}, {"name": 3}, "x"])
def test_an_input_without_a_name_is_refused(raw):
    with pytest.raises(RefusedRequest, match="needs a name"):
        read_tensor(raw, None)
