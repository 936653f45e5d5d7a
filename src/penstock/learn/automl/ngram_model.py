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
from penstock.learn.automl.derived_feature import ROWS_AT_ONCE
from penstock.learn.graph import DERIVED_PREFIX, IR_VERSION, ML, ML_OPSET, OPSET, GraphBuilder
from penstock.learn.graph_expression import ExpressionGraph
from penstock.learn.graph_input import graph_input
from penstock.learn.graph_text import CONTRIBUTED
from penstock.learn.learner import TrainingData
from penstock.learn.schema import PAD_STRING

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
FOLDS = 5
# So many n-grams have a weight, the most frequent; each stands in so many rows at least.
MOST_WORDS, LEAST_ROWS = 10_000, 3
# Rows that the weights are fitted on, evenly spread; the others' answers come from those weights as they are.
MOST_ROWS = 30_000
# How much large weights are held down, in rows; the one that says most of other rows is taken.
_PENALTIES = (1.0, 4.0, 16.0)
_STEPS = 60


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
    fitted = np.zeros(count, np.bool_)
    fitted[np.unique(np.linspace(0, count - 1, min(count, MOST_ROWS)).astype(np.int64))] = True
    fold = np.where(fitted, np.random.default_rng(seed).permutation(count) % FOLDS, -1)
    frequency = np.asarray((rows.matrix > 0).sum(axis=0)).ravel()
    rarity = np.log((1.0 + count) / (1.0 + frequency)) + 1.0
    scaled = rows.matrix.multiply(rarity[None, :]).tocsr()
    best: Floats | None = None
    best_error, chosen = np.inf, _PENALTIES[0]
    for penalty in _PENALTIES:
        said = np.zeros(targets.shape)
        for part in range(FOLDS):
            own = fold == part
            parameters, base = _solved(scaled, targets, row_weights, fitted & ~own, penalty)
            said[own] = scaled[own] @ parameters + base
        error = float(np.average(((targets - said) ** 2).sum(axis=1)[fitted], weights=row_weights[fitted] + 1e-12))
        if error < best_error:
            best, best_error, chosen = said, error, penalty
    assert best is not None
    parameters, base = _solved(scaled, targets, row_weights, fitted, chosen)
    best[~fitted] = scaled[~fitted] @ parameters + base
    known = row_weights[fitted] + 1e-12
    variance = float(np.average(((targets - base) ** 2).sum(axis=1)[fitted], weights=known))
    explained = 1.0 - best_error / variance if variance else 0.0
    return LinearFit(parameters * rarity[:, None], base, best, explained)


def _solved(matrix: Any, targets: Floats, weights: Floats, rows: NDArray[np.bool_], penalty: float) -> tuple[Any, Any]:
    from scipy.sparse.linalg import lsmr

    own, total = weights[rows], float(weights[rows].sum())
    base = (own @ targets[rows]) / total if total else np.zeros(targets.shape[1])
    root = np.sqrt(own)
    scaled = matrix[rows].multiply(root[:, None]).tocsr()
    solutions = [
        lsmr(scaled, root * (target - mean), damp=float(np.sqrt(penalty)), maxiter=_STEPS)[0]
        for target, mean in zip(targets[rows].T, base, strict=True)
    ]
    return np.stack(solutions, axis=1), base


def _cut(ngrams: ScalarExpression, data: TrainingData) -> tuple[pa.Array, Whole]:
    """Return every n-gram of the texts, one after another, and the row of each."""
    read = {str(each.value) for each in ngrams.walk() if each.operation == "column"}
    features = [feature for feature in data.features if feature.name in read]
    session = session_of(_graph(ngrams, features))
    texts, rows = [pa.array([], pa.string())], [np.empty(0, np.int64)]
    for begin in range(0, data.columns.num_rows, ROWS_AT_ONCE):
        found = session.run(None, graph_input(data.columns.slice(begin, ROWS_AT_ONCE), features))[0]
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
