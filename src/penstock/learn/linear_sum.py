"""Weighted sums of a linear design in a graph: of numbers by a product, of one-hot columns by looking rows up."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from penstock.learn.graph import GraphBuilder
from penstock.learn.linear_design import code_size
from penstock.learn.linear_input import LinearInput

Floats = NDArray[np.float64]
# onnx.TensorProto.INT64, whose library is not imported here.
_INT64 = 7


def category_tables(read: LinearInput, weights: Floats) -> list[Floats]:
    """Return for each category column the weights by code, shape (categories + 1, outputs); code 0 weighs
    nothing.

    `weights` has shape (width of the design, outputs).
    """
    none = np.zeros((1, weights.shape[1]))
    starts = read.numbers + np.cumsum([0, *code_size(read)])
    return [np.concatenate([none, weights[start:stop]]) for start, stop in itertools.pairwise(starts)]


def weighted_sum(
    builder: GraphBuilder, matrix: str, read: LinearInput, weights: Floats, intercept: Floats | None = None
) -> str:
    """Return the tensor of weighted sums, [n, outputs]."""
    parts = [] if intercept is None else [builder.constant(intercept[None, :])]
    if read.numbers:
        numbers = standardised_numbers(builder, matrix, read)
        parts.append(builder.node("MatMul", [numbers, builder.weights(weights[: read.numbers])]))
    if read.categories:
        parts.append(category_sum(builder, matrix, read, category_tables(read, weights)))
    total = parts[0]
    for part in parts[1:]:
        total = builder.node("Add", [part, total])
    return total


def standardised_numbers(builder: GraphBuilder, matrix: str, read: LinearInput) -> str:
    """Return the columns of numbers as the model reads them, [n, numbers]."""
    axis, begin = builder.constant(np.array([1])), builder.constant(np.array([0]))
    values = builder.node("Slice", [matrix, begin, builder.constant(np.array([read.numbers])), axis])
    unknown = builder.node("Or", [builder.node("IsNaN", [values]), builder.node("IsInf", [values])])
    known = builder.node("Where", [unknown, builder.constant(read.fill[None, :]), values])
    centred = builder.node("Sub", [known, builder.constant(read.center[None, :])])
    scaled = builder.node("Div", [centred, builder.constant(read.scale[None, :])])
    if read.bound == math.inf:
        return scaled
    return builder.node("Clip", [scaled, *(builder.constant(np.float64(end)) for end in (-read.bound, read.bound))])


def category_sum(builder: GraphBuilder, matrix: str, read: LinearInput, tables: list[Floats]) -> str:
    """Return the sum over the category columns of the table's row for each one's code, [n, outputs]."""
    axis = builder.constant(np.array([1]))
    middle = builder.constant(np.array([read.numbers]))
    end = builder.constant(np.array([read.numbers + len(read.categories)]))
    offsets = np.cumsum([0, *(len(table) for table in tables)])[:-1]
    codes = builder.node("Cast", [builder.node("Slice", [matrix, middle, end, axis])], to=_INT64)
    rows = builder.node("Add", [codes, builder.constant(offsets.astype(np.int64)[None, :])])
    found = builder.node("Gather", [builder.weights(np.concatenate(tables)), rows], axis=0)
    return builder.node("ReduceSum", [found, axis], keepdims=0)
