"""What a time series model with regressors reads of the columns beside the series: numbers and dummies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.encoding import CodeKind
from penstock.learn.feature_column import select_features
from penstock.learn.linear_design import Design, code_size, design_of, most_frequent
from penstock.learn.linear_input import (
    LinearInput,
    category_labels,
    encoding_of,
    input_from_json,
    input_label,
    linear_input,
)
from penstock.learn.schema import Feature, features_from_json

Floats = NDArray[np.float64]
Json = Any
# BigQuery ML's limit on the categories of all regressors together.
MOST_CATEGORIES = 10_000


@dataclass(frozen=True)
class Regressors:
    """The design of the regressors: numbers as they are, with the mean for NULL, then dummies.

    `dropped` is the code of the commonest category of each column of categories, which the others stand against; its
    column in the design is 0.
    """

    features: tuple[Feature, ...]
    read: LinearInput
    dropped: tuple[int, ...]

    def design(self, columns: pa.Table) -> Design:
        """Return the design of rows that hold the regressors by name.

        Raises UnknownName for a missing column and BadData for one of another type.
        """
        return design_of(select_features(columns, self.features), self.features, self.read, self.dropped)

    @property
    def missing(self) -> Floats:
        """The row of the design that stands for a time of which nothing is known: means, and no category."""
        row = np.zeros(self.read.numbers + sum(code_size(self.read)))
        row[: self.read.numbers] = self.read.fill
        return row

    @property
    def owners(self) -> NDArray[np.int64]:
        """The place among `features` of the one that each column of the design belongs to."""
        places = {feature.name: place for place, feature in enumerate(self.features)}
        ordered = [*self.read.number_codes, *self.read.categories]
        widths = [len(code.vocabulary) if code.kind is CodeKind.CATEGORY else code.width for code in ordered]
        return np.repeat([places[code.feature] for code in ordered], widths).astype(np.int64)

    def by_feature(self, attributions: Floats) -> Floats:
        """Return attributions of the design's columns, (n, width), summed to those of the features, (n, features)."""
        summed = np.zeros((len(attributions), len(self.features)))
        np.add.at(summed.T, self.owners, attributions.T)
        return summed

    def weight_rows(self, weights: Sequence[float]) -> list[dict[str, Json]]:
        """Return the rows of weights as ML.ARIMA_COEFFICIENTS shows them."""
        by_name = {feature.name: feature for feature in self.features}
        rows: list[dict[str, Json]] = []
        place = 0
        for code in [*self.read.number_codes, *self.read.categories]:
            if code.kind is CodeKind.NUMBER:
                rows.append({"processed_input": input_label(code), "weight": weights[place], "category_weights": []})
                place += 1
                continue
            names = category_labels(code, by_name[code.feature])
            pairs = zip(names, weights[place : place + len(names)], strict=True)
            listed = [{"category": name, "weight": weight} for name, weight in pairs]
            rows.append({"processed_input": input_label(code), "weight": None, "category_weights": listed})
            place += len(names)
        return rows

    def as_json(self) -> Json:
        """Return the design as JSON."""
        return {
            "features": [asdict(feature) for feature in self.features],
            "codes": encoding_of(self.read),
            "scales": self.read.as_json(),
            "dropped": list(self.dropped),
        }


def regressors_of(columns: pa.Table, features: Sequence[Feature]) -> Regressors:
    """Return the design learned from the rows of training; raises UntrainableModel for too many categories."""
    read = linear_input(columns, features, centred=False, scaled=False)
    sizes = code_size(read)
    if sum(sizes) > MOST_CATEGORIES:
        raise UntrainableModel.of(
            f"The regressors have {sum(sizes):,} categories together; there may be {MOST_CATEGORIES:,}.",
            hint="Leave out the columns that tell rows apart, or group their values.",
        )
    return Regressors(tuple(features), read, tuple(most_frequent(columns, features, read)))


def regressors_from_json(raw: Mapping[str, Json]) -> Regressors:
    """Return what `as_json` wrote."""
    return Regressors(
        features_from_json(raw["features"]), input_from_json(raw["codes"], raw["scales"]), tuple(raw["dropped"])
    )
