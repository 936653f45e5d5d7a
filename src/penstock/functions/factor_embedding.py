"""The vectors of a matrix factorization's users and items, as ML.GENERATE_EMBEDDING shows them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from penstock.functions.function import Call, fixed_rows
from penstock.functions.label import arrow_type
from penstock.lake.database import ArrowRows
from penstock.learn.recommender import Side, recommender_of
from penstock.learn.schema import FeatureType


def factor_embedding(call: Call, result: str) -> ArrowRows:
    """Return one row a user and item: its factors with its intercept after them, the column it stands in, and it.

    There is nothing to read: what a model has not seen has no vector.
    """
    if call.input is not None:
        call.environment.notice(
            f"{call.name} does not read the data: the vectors of {call.model_name} are those of its users and items."
        )
    model = recommender_of(call.fitted)
    return fixed_rows(pa.concat_tables([_side(side, result) for side in (model.users, model.items)]))


def _side(side: Side, result: str) -> pa.Table:
    vectors = np.column_stack([side.factors[1:], side.intercepts[1:]])
    places = np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int32)
    names = pa.array(side.words, pa.string() if side.feature.type is FeatureType.STRING else pa.float64())
    return pa.table(
        {
            result: pa.ListArray.from_arrays(places, pa.array(vectors.reshape(-1))),
            "processed_input": pa.repeat(side.feature.name, len(vectors)),
            "feature": names.cast(arrow_type(side.feature.arrow)).cast(pa.string()),
        }
    )
