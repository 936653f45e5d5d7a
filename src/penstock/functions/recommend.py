"""ML.RECOMMEND: what users would think of items, for given pairs or for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import BadData, UnknownName
from penstock.core.names import did_you_mean
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.label import arrow_type, find_column
from penstock.functions.predict import check_collisions
from penstock.functions.prediction import predicted_field
from penstock.functions.read_ahead import read_ahead
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.feature_column import select_features
from penstock.learn.recommender import Recommender, Side, recommender_of
from penstock.learn.schema import Task

Codes = NDArray[np.int64]
_Parts = Callable[[], Iterator[tuple[pa.Array, pa.Array, pa.Array]]]
# Rows made at a time where one side is paired with all of the other.
_ROWS = 65_536


def recommend(call: Call) -> ArrowRows:
    """Return the score of each pair of user and item, the user and the item; then the other columns of the data.

    Without data these are all pairs; data of users alone, or of items alone, is paired with all of the other side.
    """
    recommender = recommender_of(call.fitted)
    sides = (recommender.users, recommender.items)
    if call.input is None:
        users, items = (_field(side) for side in sides)
        return _rows(call, users, items, lambda: _every_pair(recommender))
    schema = call.rows.schema
    user, item = (find_column(schema, side.feature.name) for side in sides)
    if user is not None and item is not None:
        return _given_pairs(call, schema.field(user), schema.field(item))
    _check_alone(call, sides, user is not None or item is not None)
    if user is not None:
        return _rows(call, schema.field(user), _field(sides[1]), lambda: _of_users(call, recommender))
    return _rows(call, _field(sides[0]), schema.field(0), lambda: _of_items(call, recommender))


def _rows(call: Call, user: pa.Field, item: pa.Field, parts: _Parts) -> ArrowRows:
    schema = pa.schema([predicted_field(call.fitted.manifest), user, item])

    def batches() -> Iterator[pa.RecordBatch]:
        for columns in parts():
            yield pa.RecordBatch.from_arrays(list(columns), schema=schema)

    return ArrowRows(schema, batches)


def _given_pairs(call: Call, user: pa.Field, item: pa.Field) -> ArrowRows:
    check_inputs(call)
    predicted = predicted_field(call.fitted.manifest)
    check_collisions(call, [predicted])
    rest = [field for field in call.rows.schema if field.name not in (user.name, item.name)]
    schema = pa.schema([predicted, user, item, *rest])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call, schema.names[1:]):
            yield pa.RecordBatch.from_arrays([pa.array(batch.scores), *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


def _check_alone(call: Call, sides: tuple[Side, Side], one: bool) -> None:
    """Raise UnknownName for data without users and items, BadData for one of them that is not alone."""
    user, item = (side.feature.name for side in sides)
    names = call.rows.schema.names
    if not one:
        raise UnknownName.of(
            f"The data of {call.name} has neither {user!r} nor {item!r}, the users and items of {call.model_name}.",
            span=call.span,
            hint=did_you_mean(user, names),
        )
    if len(names) > 1:
        there, lacks = (user, item) if find_column(call.rows.schema, user) is not None else (item, user)
        raise BadData.of(
            f"The data of {call.name} has {there!r} and other columns, but no {lacks!r}.",
            span=call.span,
            hint=f"Add {lacks} to score pairs, or select {there} alone to have it with every {lacks}.",
        )
    (side,) = (side for side in sides if find_column(call.rows.schema, side.feature.name) is not None)
    select_features(call.rows.schema.empty_table(), [side.feature])


def _every_pair(recommender: Recommender) -> Iterator[tuple[pa.Array, pa.Array, pa.Array]]:
    users = recommender.users
    yield from _paired(recommender, _names(users), np.arange(1, len(users.words) + 1))


def _of_users(call: Call, recommender: Recommender) -> Iterator[tuple[pa.Array, pa.Array, pa.Array]]:
    for column, codes in _given(call, recommender.users):
        yield from _paired(recommender, column, codes)


def _of_items(call: Call, recommender: Recommender) -> Iterator[tuple[pa.Array, pa.Array, pa.Array]]:
    for column, codes in _given(call, recommender.items):
        for scores, item, user in _paired(recommender.turned(), column, codes):
            yield scores, user, item


def _given(call: Call, side: Side) -> Iterator[tuple[pa.Array, Codes]]:
    """Yield the only column of the data with the row of each of its values."""
    stream = call.environment.stream(call.rows.sql)
    with closing(read_ahead(stream.batches, stream.interrupt)) as batches:
        for batch in batches:
            if batch.num_rows:
                yield batch.column(0), side.codes(pa.Table.from_batches([batch]))


def _paired(recommender: Recommender, column: pa.Array, codes: Codes) -> Iterator[tuple[pa.Array, pa.Array, pa.Array]]:
    """Yield scores, users and items of given users with every item, some users at a time."""
    names = _names(recommender.items)
    others = np.arange(1, len(names) + 1)
    step = max(1, _ROWS // max(len(names), 1))
    for begin in range(0, len(codes), step):
        chosen = codes[begin : begin + step]
        scores = recommender.scores(chosen, others)
        rows = np.repeat(np.arange(begin, begin + len(chosen)), len(names))
        items = names.take(pa.array(np.tile(others - 1, len(chosen))))
        yield pa.array(scores.reshape(-1)), column.take(pa.array(rows)), items


def _field(side: Side) -> pa.Field:
    return pa.field(side.feature.name, arrow_type(side.feature.arrow))


def _names(side: Side) -> pa.Array:
    """Return the users or items of a model in the type that they had in training."""
    kind = arrow_type(side.feature.arrow)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.array(list(side.words), pa.string()).cast(kind)
    return pa.array(list(side.words), pa.float64()).cast(kind)


RECOMMEND = FunctionSpec(
    name="ML.RECOMMEND",
    summary="Says what users would think of items, pair by pair.",
    run=recommend,
    trials="one",
    input="optional",
    tasks=(Task.RECOMMENDATION,),
    families="matrix factorization",
    output=(
        OutputColumn("predicted_<label>", "FLOAT64", "The rating that is expected; nothing cuts it to a scale."),
        OutputColumn(
            "predicted_<label>_confidence",
            "FLOAT64",
            "Instead of it, of a model of implicit feedback: how sure it is that the user turns to the item, mostly "
            "from 0 to 1.",
        ),
        OutputColumn("<user>", "as in training", "The user, under the name of the column in training."),
        OutputColumn("<item>", "as in training", "The item."),
    ),
    passes_input=True,
    example="SELECT * FROM ML.RECOMMEND(MODEL taste, (SELECT 7 AS user)) ORDER BY predicted_rating DESC LIMIT 5",
    notes=(
        "Without data: every user of the training with every item. They are made as they stream by.",
        "With users and items: those pairs, and the other columns of the data behind them.",
        "With users alone, as the only column: each with every item; with items alone, each with every user.",
        "Who is unknown has the common intercept and that of the other side.",
    ),
)
