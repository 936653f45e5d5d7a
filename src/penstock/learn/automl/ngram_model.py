"""A linear model on the n-grams of texts, fitted so that no row tells its own label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.artifact import session_of
from penstock.learn.automl.derived_feature import rows_at_once
from penstock.learn.graph import DERIVED_PREFIX, IR_VERSION, ML, ML_OPSET, OPSET, GraphBuilder
from penstock.learn.graph_expression import ExpressionGraph
from penstock.learn.graph_input import graph_input
from penstock.learn.graph_text import CONTRIBUTED
from penstock.learn.learner import TrainingData
from penstock.learn.schema import PAD_STRING

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
FOLDS = 5
# So many n-grams have a weight, the most frequent; each stands in so many rows at least.
MOST_WORDS, LEAST_ROWS = 10_000, 3
# How much large weights are held down, in rows; the one that says most of other rows is taken.
_PENALTIES = (1.0, 4.0, 16.0)
_STEPS, _CLOSE, _TINY = 60, 1e-4, 1e-300


@dataclass(frozen=True)
class NgramRows:
    """The n-grams of each row: `matrix` (n, m) counts the m `words`, over the root of how many n-grams the row has.

    N-grams that differ in case only are one column; `forms` are all that were seen, with the column of each.
    """

    words: tuple[str, ...]
    forms: tuple[tuple[str, int], ...]
    matrix: Any

    @classmethod
    def of(cls, ngrams: ScalarExpression, data: TrainingData) -> NgramRows:
        """Cut up the texts by the very graph that will serve."""
        from scipy.sparse import csr_matrix

        texts, rows = _cut(ngrams, data)
        count = data.columns.num_rows
        size = np.maximum(np.bincount(rows, minlength=count), 1.0)
        encoded = texts.dictionary_encode()
        forms = encoded.dictionary
        lower = pc.utf8_lower(forms).dictionary_encode()
        column_of_form = np.asarray(lower.indices.to_numpy(), np.int64)
        columns = column_of_form[np.asarray(encoded.indices.to_numpy(), np.int64)]
        counts = csr_matrix((1.0 / np.sqrt(size[rows]), (rows, columns)), (count, len(lower.dictionary)))
        frequency = np.asarray((counts > 0).sum(axis=0)).ravel()
        often = np.lexsort((np.arange(len(frequency)), -frequency))[:MOST_WORDS]
        kept = np.sort(often[frequency[often] >= LEAST_ROWS])
        place = np.full(len(frequency), -1, np.int64)
        place[kept] = np.arange(len(kept))
        known = np.flatnonzero(place[column_of_form] >= 0)
        written = forms.take(pa.array(known)).to_pylist()
        at = place[column_of_form[known]].tolist()
        # A NUL stands in no SQL text.
        pairs = sorted((word, column) for word, column in zip(written, at, strict=True) if "\0" not in word)
        words = lower.dictionary.take(pa.array(kept)).to_pylist()
        return cls(tuple(words), tuple(pairs), counts[:, kept].tocsr())

    def by_word(self, weights: Floats) -> Iterator[tuple[str, float]]:
        """Yield each form with the weight of its column."""
        return ((word, float(weights[column])) for word, column in self.forms)


@dataclass(frozen=True)
class LinearFit:
    """base + matrix · weights, of shapes (t,) and (m, t); `out_of_fold` (n, t) is what other rows say of each, and
    `explained` the share of the targets' variance that this explains.
    """

    weights: Floats
    base: Floats
    out_of_fold: Floats
    explained: float


def ridge(rows: NgramRows, targets: Floats, weights: Floats | None, seed: int) -> LinearFit:
    """Fit by least squares with the weights' squares held down (Hoerl & Kennard 1970, "Ridge regression"), each n-gram
    scaled by how rare it is.
    """
    count = len(targets)
    row_weights = np.ones(count) if weights is None else weights
    fold = np.random.default_rng(seed).permutation(count) % FOLDS
    frequency = np.asarray((rows.matrix > 0).sum(axis=0)).ravel()
    rarity = np.log((1.0 + count) / (1.0 + frequency)) + 1.0
    scaled = rows.matrix.multiply(rarity[None, :]).tocsr()

    def said(part: int, penalty: float) -> Floats:
        """Return what the rows of other parts say of a part's."""
        parameters, base = _solved(scaled, targets, row_weights, fold != part, penalty)
        found: Floats = scaled[fold == part] @ parameters + base
        return found

    def error(penalty: float) -> float:
        return _squared(targets[fold == 0] - said(0, penalty), row_weights[fold == 0])

    chosen = min(_PENALTIES, key=error)
    out_of_fold = np.zeros(targets.shape)
    for part in range(FOLDS):
        out_of_fold[fold == part] = said(part, chosen)
    parameters, base = _solved(scaled, targets, row_weights, np.ones(count, np.bool_), chosen)
    variance = _squared(targets - base, row_weights)
    explained = 1.0 - _squared(targets - out_of_fold, row_weights) / variance if variance else 0.0
    return LinearFit(parameters * rarity[:, None], base, out_of_fold, explained)


def _squared(error: Floats, weights: Floats) -> float:
    # Rows that all weigh nothing have a mean too.
    return float(np.average((error**2).sum(axis=1), weights=weights + 1e-12))


def _solved(matrix: Any, targets: Floats, weights: Floats, rows: Mask, penalty: float) -> tuple[Floats, Floats]:
    """Return weights (m, t) and bases (t,), by conjugate gradients (Hestenes & Stiefel 1952) on the normal equations.

    All sums are NumPy's own: BLAS would share each out among threads, which stand in the way of others.
    """
    own, total = weights[rows], float(weights[rows].sum())
    base = (own[:, None] * targets[rows]).sum(axis=0) / (total or 1.0)
    scaled = matrix[rows].multiply(np.sqrt(own)[:, None]).tocsr()
    turned = scaled.T.tocsr()
    left: Floats = turned @ (np.sqrt(own)[:, None] * (targets[rows] - base))
    found, step = np.zeros_like(left), left
    size = first = (left * left).sum(axis=0)
    for _ in range(_STEPS):
        if (size <= _CLOSE**2 * first).all():
            break
        moved = turned @ (scaled @ step) + penalty * step
        length = size / np.maximum((step * moved).sum(axis=0), _TINY)
        found, left = found + length * step, left - length * moved
        before, size = size, (left * left).sum(axis=0)
        step = left + size / np.maximum(before, _TINY) * step
    return found, base


def _cut(ngrams: ScalarExpression, data: TrainingData) -> tuple[pa.Array, Whole]:
    """Return every n-gram of the texts, one after another, and the row of each."""
    read = {str(each.value) for each in ngrams.walk() if each.operation == "column"}
    features = [feature for feature in data.features if feature.name in read]
    session = session_of(_graph(ngrams, features))
    texts, rows = [pa.array([], pa.string())], [np.empty(0, np.int64)]
    size = rows_at_once(data.columns, features)
    for begin in range(0, data.columns.num_rows, size):
        found = session.run(None, graph_input(data.columns.slice(begin, size), features))[0]
        flat = pa.array(found.ravel(), pa.string())
        held = ~np.asarray(pc.match_substring(flat, PAD_STRING).to_numpy(zero_copy_only=False), np.bool_)
        texts.append(flat.filter(pa.array(held)))
        rows.append(begin + np.repeat(np.arange(found.shape[0]), found.shape[1])[held])
    return pa.concat_arrays(texts), np.concatenate(rows)


def _graph(ngrams: ScalarExpression, features: list[Any]) -> bytes:
    from onnx import TensorProto, helper

    graph = GraphBuilder(features, DERIVED_PREFIX)
    output = ExpressionGraph(graph, features).value(ngrams).tensor
    told = helper.make_tensor_value_info(output, TensorProto.STRING, ["n", "ngrams"])
    whole = helper.make_graph(graph.nodes, "ngrams", graph.inputs, [told], graph.initializers)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET), helper.make_opsetid(CONTRIBUTED, 1)]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=IR_VERSION, producer_name="penstock")
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised
