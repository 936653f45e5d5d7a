"""Why a model with derived features scored a row as it did, told in its raw columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.automl.derivation import DERIVED, DERIVED_GRAPH
from penstock.learn.automl.derived_feature import DerivedColumns
from penstock.learn.automl.parity import NativeModel
from penstock.learn.learner import Attributions, Explainer
from penstock.learn.schema import features_from_json

Floats = NDArray[np.float64]
Json = Any


def inner_details(details: Mapping[str, Json]) -> dict[str, Json]:
    """Return the details of the model over raw and derived columns."""
    inner = {name: value for name, value in details.items() if name != DERIVED}
    encoding = details[DERIVED]["encoding"]
    return inner if encoding is None else {**inner, "encoding": encoding}


class SearchedExplainer(Explainer, NativeModel, Protocol):
    """Explains what a search found, and answers without its graph."""


class DerivedExplainer:
    """Attributions of a model over raw and derived columns; a derived one's is shared equally among the columns that it
    is made of, so that they stay additive.
    """

    def __init__(self, details: Mapping[str, Json], files: Mapping[str, bytes], inner: SearchedExplainer) -> None:
        derived = details[DERIVED]
        self._inner = inner
        self._raw = features_from_json(derived["raw"])
        self._names = [item["name"] for item in derived["features"]]
        self._reads = {item["name"]: item["reads"] for item in derived["features"]}
        self._columns = DerivedColumns(files[DERIVED_GRAPH])

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        found = self._inner.attributions(self._whole(columns), scores, approximate=approximate)
        names = tuple(feature.name for feature in self._raw)
        place = {name: at for at, name in enumerate(names)}
        shares = np.zeros((len(found.features), len(names)))
        for row, name in enumerate(found.features):
            reads = self._reads.get(name, [name])
            shares[row, [place[each] for each in reads]] = 1 / len(reads)
        return replace(found, features=names, values=found.values @ shares)

    def predictions(self, columns: pa.Table, scores: Floats) -> Floats:
        """Return the raw output (n,) of each row as the members give it, for the class with the highest of `scores`."""
        return self._inner.predictions(self._whole(columns), scores)

    def _whole(self, columns: pa.Table) -> pa.Table:
        for name, array in zip(self._names, self._columns.of(columns, self._raw), strict=True):
            columns = columns.append_column(name, array)
        return columns
