"""A fitted linear model: its weights, its JSON, its ONNX graph and the rows of ML.WEIGHTS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.encoding import CodeKind
from penstock.learn.graph import GraphBuilder
from penstock.learn.linear_input import (
    LinearInput,
    category_labels,
    encoding_of,
    input_from_json,
    input_label,
)
from penstock.learn.linear_sum import category_tables, weighted_sum
from penstock.learn.schema import Feature, features_from_json

Floats = NDArray[np.float64]
Json = Any
INTERCEPT = "__INTERCEPT__"


class Link(StrEnum):
    """What the sum of weighted inputs is: the value, the log odds of the second class, or the logit of each
    class.
    """

    IDENTITY = "identity"
    LOGIT = "logit"
    SOFTMAX = "softmax"


@dataclass(frozen=True)
class LinearModel:
    """`weights` has shape (width of the design, outputs), `intercept` (outputs,); one output but for "
    "SOFTMAX."""

    features: tuple[Feature, ...]
    read: LinearInput
    weights: Floats
    intercept: Floats
    link: Link

    def as_json(self, classes: Sequence[Json]) -> dict[str, Json]:
        """Return the details of the artifact: `encoding`, `linear`, and both sets of rows of ML.WEIGHTS."""
        return {
            "encoding": encoding_of(self.read),
            "features": [asdict(feature) for feature in self.features],
            "linear": {
                **self.read.as_json(),
                "weights": self.weights.tolist(),
                "intercept": self.intercept.tolist(),
                "link": str(self.link),
            },
            "weights": list(weight_rows(self, classes, standardised=False)),
            "standardized_weights": list(weight_rows(self, classes, standardised=True)),
        }

    def graph(self) -> bytes:
        """Return the ONNX model from raw columns to `score` or `probabilities`."""
        builder = GraphBuilder(self.features)
        scores = weighted_sum(builder, builder.matrix(self.read.codes), self.read, self.weights, self.intercept)
        return linked(builder, scores, self.link, self.weights.shape[1])


def linked(builder: GraphBuilder, scores: str, link: Link, outputs: int) -> bytes:
    """Return the finished model of sums `scores`, [n, outputs]: its output is `score` or `probabilities`."""
    match link:
        case Link.IDENTITY:
            return builder.finish(scores, "score", 1)
        case Link.LOGIT:
            first = builder.node("Sigmoid", [builder.node("Neg", [scores])])
            both = builder.concatenate([first, builder.node("Sigmoid", [scores])])
            return builder.finish(both, "probabilities", 2)
        case _:
            return builder.finish(builder.node("Softmax", [scores], axis=1), "probabilities", outputs)


def model_from_json(details: Mapping[str, Json]) -> LinearModel:
    """Return the model of an artifact's details."""
    raw = details["linear"]
    return LinearModel(
        features_from_json(details["features"]),
        input_from_json(details["encoding"], raw),
        np.array(raw["weights"], np.float64).reshape(-1, len(raw["intercept"])),
        np.array(raw["intercept"], np.float64),
        Link(raw["link"]),
    )


def weight_rows(model: LinearModel, classes: Sequence[Json], *, standardised: bool) -> Iterator[dict[str, Json]]:
    """Return the rows of ML.WEIGHTS, in the inputs' own units or for the standardised inputs.

    {processed_input, weight, category_weights: [{category, weight}], class_label}; class_label is None unless
    the model has an output for each class.
    """
    by_name = {feature.name: feature for feature in model.features}
    scale = np.ones(model.read.numbers) if standardised else model.read.scale
    for output in range(len(model.intercept)):
        label = str(classes[output]) if model.link is Link.SOFTMAX else None
        weights = model.weights[:, output]
        own = weights[: model.read.numbers] / scale
        intercept = float(model.intercept[output]) - (0.0 if standardised else float(own @ model.read.center))
        place = 0
        for code in model.read.number_codes:
            values = own[place : place + code.width].tolist()
            place += code.width
            names = None if code.kind is CodeKind.NUMBER else category_labels(code, by_name[code.feature])
            yield _row(input_label(code), values, names, label)
        for code, table in zip(model.read.categories, category_tables(model.read, model.weights), strict=True):
            names = category_labels(code, by_name[code.feature])
            yield _row(input_label(code), table[1:, output].tolist(), names, label)
        yield _row(INTERCEPT, [intercept], None, label)


def _row(name: str, values: Sequence[float], categories: Sequence[str] | None, label: str | None) -> dict[str, Json]:
    pairs = zip(categories or (), values, strict=False)
    return {
        "processed_input": name,
        "weight": values[0] if categories is None else None,
        "category_weights": [{"category": category, "weight": weight} for category, weight in pairs],
        "class_label": label,
    }
