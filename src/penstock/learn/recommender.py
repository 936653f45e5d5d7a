"""A matrix factorization as it is asked for recommendations: every user's and item's name and vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact
from penstock.learn.alternating_least_squares import Factors
from penstock.learn.artifact import LoadedModel
from penstock.learn.encoding import ColumnCode, codes_from_json
from penstock.learn.feature_column import select_features
from penstock.learn.interaction import IMPLICIT
from penstock.learn.manifest import Manifest
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.matrix_factorization import FACTORS
from penstock.learn.ranking import ranking_metrics
from penstock.learn.schema import Feature

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """The users, or the items, of a model: `factors` has shape (n + 1, k), `intercepts` (n + 1,); row 0 is whoever is
    unknown.
    """

    feature: Feature
    code: ColumnCode
    factors: Floats
    intercepts: Floats

    @property
    def words(self) -> Sequence[str] | Sequence[float]:
        """The names, in the order of the rows from 1 on."""
        return self.code.vocabulary

    def codes(self, columns: pa.Table) -> Codes:
        """Return the row of each value of the column, found by its name in any case, shape (n,)."""
        columns = select_features(columns, [self.feature])
        found: Codes = MatrixEncoder([self.feature], [self.code]).encode(columns)[:, 0].astype(np.int64)
        return found


@dataclass(frozen=True)
class Recommender:
    """Both sides of a model, and the intercept of all scores."""

    users: Side
    items: Side
    intercept: float

    def turned(self) -> Recommender:
        """Return the same with users for items and items for users."""
        return Recommender(self.items, self.users, self.intercept)

    def scores(self, users: Codes, items: Codes) -> Floats:
        """Return the scores of each of these users with each of these items, shape (users, items)."""
        products: Floats = self.users.factors[users] @ self.items.factors[items].T
        products += self.users.intercepts[users][:, None]
        products += self.items.intercepts[items][None, :]
        products += self.intercept
        return products


def is_implicit(manifest: Manifest) -> bool:
    """Say whether a recommendation model learned from what users did instead of from ratings."""
    return manifest.options.get("feedback_type") == IMPLICIT


def recommender_of(model: LoadedModel) -> Recommender:
    """Return the recommender of a matrix factorization; raises CorruptArtifact without its vectors."""
    if FACTORS not in model.files:
        raise CorruptArtifact.of(f"The artifact has no {FACTORS}.", hint="Train the model again.")
    with pa.ipc.open_file(pa.BufferReader(model.files[FACTORS])) as reader:
        kept = reader.read_all().combine_chunks()
    vectors = kept["factors"].combine_chunks().flatten().to_numpy().reshape(kept.num_rows, -1)
    intercepts = kept["intercept"].to_numpy()
    sides, begin = [], 0
    features = {feature.name: feature for feature in model.manifest.features}
    for code in codes_from_json(model.details["encoding"]):
        of_side = slice(begin, begin + len(code.vocabulary))
        begin = of_side.stop
        known = np.concatenate([np.zeros((1, vectors.shape[1])), vectors[of_side]])
        sides.append(Side(features[code.feature], code, known, np.append(0.0, intercepts[of_side])))
    return Recommender(sides[0], sides[1], float(model.details["weights"]["intercept"]))


def ranked(
    recommender: Recommender, columns: pa.Table, values: Floats, scores: Floats, threads: int
) -> Mapping[str, float]:
    """Return the metrics of implicit feedback: of what was observed (n,), and the scores of the same rows."""
    users, items = (side.codes(columns) - 1 for side in (recommender.users, recommender.items))
    return ranking_metrics(factors_of(recommender), users, items, values, scores, threads)


def factors_of(recommender: Recommender) -> Factors:
    """Return the vectors and intercepts of the known users and items."""
    users, items = recommender.users, recommender.items
    return Factors(
        users.factors[1:], items.factors[1:], users.intercepts[1:], items.intercepts[1:], recommender.intercept
    )
