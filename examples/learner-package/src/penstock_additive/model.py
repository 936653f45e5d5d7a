"""A fitted additive model: what each place of each column adds to the prediction; its JSON and its ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.encoding import CodeKind, ColumnCode, codes_as_json, codes_from_json
from penstock.learn.graph import GraphBuilder
from penstock.learn.schema import Feature, FeatureType

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Json = Any
# Of onnx.TensorProto, whose library takes long to import.
_INT64, _DOUBLE = 7, 11


@dataclass(frozen=True)
class Curve:
    """What one column adds, (places,).

    A column of texts has no `edges`, and its code is the place. A number's place is how many of the ascending `edges`
    lie below it; the last place is that of NULL.
    """

    code: ColumnCode
    edges: Floats
    effects: Floats

    def places(self, values: Floats) -> Places:
        """Return the place of each value of the matrix column, (n,)."""
        if self.code.kind is CodeKind.CATEGORY:
            return values.astype(np.int64)
        places: Places = np.searchsorted(self.edges, values, side="left")
        places[np.isnan(values)] = len(self.effects) - 1
        return places


@dataclass(frozen=True)
class AdditiveModel:
    """`mean` plus the effects of all `curves`, one a matrix column; `features` are all that it was given."""

    features: tuple[Feature, ...]
    curves: tuple[Curve, ...]
    mean: float

    @property
    def codes(self) -> tuple[ColumnCode, ...]:
        return tuple(curve.code for curve in self.curves)

    def as_json(self) -> dict[str, Json]:
        """Return the details of the artifact. `encoding` lets tables be encoded in Arrow rather than in ONNX."""
        return {
            "encoding": codes_as_json(self.codes),
            "features": [asdict(feature) for feature in self.features],
            "edges": [curve.edges.tolist() for curve in self.curves],
            "effects": [curve.effects.tolist() for curve in self.curves],
            "mean": self.mean,
        }

    def graph(self) -> bytes:
        """Return the ONNX model from raw columns to `score`."""
        builder = GraphBuilder(self.features)
        matrix = builder.matrix(self.codes)
        total = builder.constant(np.array([[self.mean]]))
        for column, curve in enumerate(self.curves):
            values = builder.node("Gather", [matrix, builder.constant(np.array([column]))], axis=1)
            place = builder.node("Cast", [_place(builder, curve, values)], to=_INT64)
            effect = builder.node("Gather", [builder.constant(curve.effects), place], axis=0)
            total = builder.node("Add", [total, effect])
        return builder.finish(total, "score", 1)


def model_from_json(details: Mapping[str, Json]) -> AdditiveModel:
    """Return the model that `as_json` wrote."""
    features = tuple(Feature(**{**raw, "type": FeatureType(raw["type"])}) for raw in details["features"])
    curves = zip(codes_from_json(details["encoding"]), details["edges"], details["effects"], strict=True)
    return AdditiveModel(
        features,
        tuple(Curve(code, np.array(edges, np.float64), np.array(effects)) for code, edges, effects in curves),
        details["mean"],
    )


def column_names(curves: Sequence[Curve]) -> list[str]:
    """Return the column that each curve reads."""
    return [curve.code.feature for curve in curves]


def _place(builder: GraphBuilder, curve: Curve, values: str) -> str:
    """Return the places of [n, 1] values as float64 [n, 1]: one step for each edge below, all steps for NaN."""
    if curve.code.kind is CodeKind.CATEGORY:
        return values
    below = builder.node("Greater", [values, builder.constant(curve.edges[None, :])])
    steps = builder.concatenate([below, builder.node("IsNaN", [values])])
    sizes = np.ones((len(curve.edges) + 1, 1))
    sizes[-1] = len(curve.effects) - 1
    return builder.node("MatMul", [builder.node("Cast", [steps], to=_DOUBLE), builder.constant(sizes)])
