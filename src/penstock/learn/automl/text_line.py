"""A line through the n-grams of texts: its graph, and what each text adds to a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.artifact import session_of
from penstock.learn.automl.ngram_reading import NgramReading
from penstock.learn.automl.row_expression import projected
from penstock.learn.graph import GraphBuilder
from penstock.learn.graph_expression import ExpressionGraph
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import Attributions, FittedModel
from penstock.learn.schema import Feature, features_from_json

Floats = NDArray[np.float64]
Json = Any
# The key of a model's details, and the file with the graph of what each text adds.
TEXT_LINE, ADDED = "text_line", "text_line.onnx"


@dataclass(frozen=True)
class TextWeights:
    """The weights (words, outputs) of a reading's n-grams."""

    reading: NgramReading
    words: tuple[str, ...]
    table: Floats


@dataclass(frozen=True)
class TextLine:
    """`intercept` (outputs,) + for each reading the weights of a text's n-grams, summed, over the root of how many it
    has.
    """

    parts: tuple[TextWeights, ...]
    intercept: Floats

    def fitted(self, features: Sequence[Feature], at_once: int) -> FittedModel:
        """Return the line as a model whose graph gives raw outputs, so many rows at once."""
        read = tuple(dict.fromkeys(part.reading.feature for part in self.parts))
        apart = GraphBuilder(read)
        added = apart.concatenate(self._sums(apart, read))
        whole = GraphBuilder(features)
        total = whole.constant(self.intercept[None, :])
        for summed in self._sums(whole, features):
            total = whole.node("Add", [summed, total])
        details = {
            "features": [asdict(feature) for feature in features],
            "rows_at_once": at_once,
            TEXT_LINE: {
                "read": [asdict(feature) for feature in read],
                "texts": [part.reading.feature.name for part in self.parts],
                "intercept": self.intercept.tolist(),
            },
        }
        outputs = len(self.intercept)
        files = {ADDED: apart.finish(added, "raw", outputs * len(self.parts))}
        return FittedModel(whole.finish(total, "raw", outputs), (), details, files=files)

    def _sums(self, graph: GraphBuilder, features: Sequence[Feature]) -> list[str]:
        """Return what each reading adds, [n, outputs]."""
        expressions = ExpressionGraph(graph, features)
        none = np.zeros_like(self.intercept)
        of_parts = (projected(part.reading.expression, part.words, part.table, none) for part in self.parts)
        return [expressions.value(expression).tensor for expression in of_parts]


class TextLineExplainer:
    """Attributions of a line through texts: what the n-grams of each add, exactly. The baseline is the intercept."""

    def __init__(self, details: Mapping[str, Json], files: Mapping[str, bytes]) -> None:
        own = details[TEXT_LINE]
        self._names = tuple(feature["name"] for feature in details["features"])
        self._read = features_from_json(own["read"])
        self._texts = [self._names.index(name) for name in own["texts"]]
        self._intercept = np.array(own["intercept"], np.float64)
        self._at_once = int(details["rows_at_once"])
        self._session = session_of(files[ADDED])

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:  # noqa: ARG002
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        predicted = np.argmax(scores, axis=1) if scores.ndim == 2 else np.zeros(len(scores), np.int64)
        outputs = len(self._intercept)
        output = predicted if outputs > 1 else np.zeros(len(scores), np.int64)
        values = np.zeros((len(scores), len(self._names)))
        for begin in range(0, len(scores), self._at_once):
            rows = slice(begin, min(begin + self._at_once, len(scores)))
            given = graph_input(columns.slice(begin, self._at_once), self._read)
            added = self._session.run(None, given)[0].reshape(-1, len(self._texts), outputs)
            of_class = added[np.arange(len(added)), :, output[rows]]
            for place, name in enumerate(self._texts):
                values[rows, name] += of_class[:, place]
        baseline = self._intercept[output]
        if outputs == 1 and scores.ndim == 2 and scores.shape[1] == 2:
            # One output says how likely the second class is; of the first it says the opposite.
            sign = np.where(predicted == 0, -1.0, 1.0)
            values, baseline = values * sign[:, None], baseline * sign
        return Attributions(self._names, values, baseline, baseline + values.sum(axis=1))
