"""Matrix factorization: what users think of items, out of the ratings that they have given."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.options import OptionSpec, OptionValue, Tunable, number_of
from penstock.learn.alternating_least_squares import Factors, Interactions, explicit_factors, implicit_factors, summed
from penstock.learn.encoding import ColumnCode, codes_as_json
from penstock.learn.feature_column import array_of
from penstock.learn.graph import GraphBuilder
from penstock.learn.interaction import EXPLICIT, IMPLICIT, ITEM, RATING, USER, identity
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature, Task
from penstock.learn.shared_options import SPLIT_METHODS

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Json = Any
FACTORS = "factors.arrow"
LEAST_FACTORS, MOST_FACTORS = 2, 200


class MatrixFactorization:
    """Users and items as short vectors, whose product is the rating."""

    model_type = "matrix_factorization"
    task = Task.RECOMMENDATION
    summary = (
        "Matrix factorization by alternating least squares, of ratings (Zhou and others, 2008; with an intercept for "
        "each user and item) or of implicit feedback (Hu, Koren and Volinsky, 2008)."
    )
    options: tuple[OptionSpec, ...] = (
        OptionSpec(
            "feedback_type",
            "string",
            EXPLICIT,
            "EXPLICIT: the ratings are what users think. IMPLICIT: they count what users did (visits, seconds, "
            "purchases); 0 and NULL are nothing observed.",
            choices=(EXPLICIT, IMPLICIT),
        ),
        OptionSpec(
            "num_factors",
            "integer",
            None,
            "How long the vectors are; by default log2 of the number of ratings, rounded, and at least 2.",
            minimum=LEAST_FACTORS,
            maximum=MOST_FACTORS,
            tunable=Tunable(2, 20),
        ),
        OptionSpec(USER, "string", "user", "The column of users.", names_column=True),
        OptionSpec(ITEM, "string", "item", "The column of items.", names_column=True),
        OptionSpec(RATING, "string", "rating", "The column of ratings.", names_column=True),
        OptionSpec(
            "wals_alpha",
            "number",
            40.0,
            "IMPLICIT only: an observation weighs 1 + wals_alpha × rating, anything else 1.",
            minimum=0,
            tunable=Tunable(0.0, 100.0, only=("feedback_type", (IMPLICIT,))),
        ),
        OptionSpec(
            "l2_reg",
            "number",
            1.0,
            "The weight of the squared vectors in the loss.",
            minimum=0,
            exclusive=True,
            tunable=Tunable(0.0, 10.0, log=True),
        ),
        OptionSpec(
            "data_split_method",
            "string",
            "NO_SPLIT",
            "How ratings are held out to judge the model: as for other model types, but by default none are.",
            choices=SPLIT_METHODS,
        ),
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Fit; raises UntrainableModel when no rating has a user and an item."""
        codes = [identity(data.train_columns.column(feature.name), feature) for feature in data.features]
        numbered = MatrixEncoder(data.features, codes).encode(data.columns).astype(np.int64) - 1
        known = (numbered >= 0).all(axis=1)
        implicit = options["feedback_type"] == IMPLICIT
        fitted = known & ~data.held_out
        if implicit:
            fitted &= data.target > 0
        given = _interactions(numbered[fitted], data.target[fitted], codes, implicit)
        found, iterations = _fitted(given, numbered, data, options, progress, known & data.held_out)
        without = int(np.count_nonzero(~known & ~data.held_out))
        notes: tuple[str, ...] = ()
        if without:
            rows = "1 row has" if without == 1 else f"{without:,} rows have"
            notes = (f"{rows} no user or no item and taught nothing.",)
        return FittedModel(
            _graph(found, codes, data.features),
            iterations,
            {
                "encoding": codes_as_json(codes),
                "weights": {"intercept": found.intercept, "factors": found.users.shape[1]},
            },
            notes=notes,
            files={FACTORS: factors_file(found)},
        )


def _interactions(numbered: Codes, values: Floats, codes: Sequence[ColumnCode], implicit: bool) -> Interactions:
    """Return the observations to fit on; of implicit feedback those of one user and item are summed up."""
    user_count, item_count = (len(code.vocabulary) for code in codes)
    if not len(values):
        what = "no rating greater than 0" if implicit else "no rating"
        raise UntrainableModel.of(f"There is {what} with a user and an item.", hint="Look at the query's filter.")
    users, items = numbered[:, 0], numbered[:, 1]
    if implicit:
        return summed(users, items, values, user_count, item_count)
    return Interactions(users, items, values, user_count, item_count)


def _fitted(
    given: Interactions,
    numbered: Codes,
    data: TrainingData,
    options: Mapping[str, OptionValue],
    progress: Progress,
    judging: NDArray[np.bool_],
) -> tuple[Factors, tuple[Iteration, ...]]:
    """Return the factors after the last round, and the rounds; `judging` marks the held-out rows of known users and
    items.
    """
    asked = options["num_factors"]
    count = int(number_of(options, "num_factors")) if asked is not None else _factor_count(len(given.values))
    alpha, l2 = number_of(options, "wals_alpha"), number_of(options, "l2_reg")
    random = np.random.default_rng(data.seed)
    if options["feedback_type"] == IMPLICIT:
        rounds = implicit_factors(given, count, l2, alpha, random, data.threads)
    else:
        rounds = explicit_factors(given, count, l2, random, data.threads)
    most = int(number_of(options, "max_iterations"))
    least = number_of(options, "min_rel_progress") if options["early_stop"] else None
    rows: list[Iteration] = []
    since = time.perf_counter()
    for number, (found, loss) in zip(range(most), rounds, strict=False):
        held_out = _held_out_loss(found, numbered[judging], data.target[judging], options)
        now = time.perf_counter()
        rows.append(Iteration(0, number, loss, held_out, None, round((now - since) * 1000)))
        since = now
        progress(number + 1, most, f"loss {loss:.6g}")
        if least is not None and number and _slow(rows[-2], rows[-1], least):
            break
    return found, tuple(rows)


def _factor_count(ratings: int) -> int:
    return min(max(round(math.log2(ratings)), LEAST_FACTORS), MOST_FACTORS)


def _slow(before: Iteration, now: Iteration, least: float) -> bool:
    earlier, later = (row.loss if row.eval_loss is None else row.eval_loss for row in (before, now))
    return earlier - later < least * abs(earlier)


def _held_out_loss(found: Factors, numbered: Codes, target: Floats, options: Mapping[str, OptionValue]) -> float | None:
    """Return the loss of the held-out rows as the round's is measured on those of training; None without any."""
    if not len(target):
        return None
    scores = found.scores(numbered[:, 0], numbered[:, 1])
    if options["feedback_type"] != IMPLICIT:
        return float(np.mean((target - scores) ** 2))
    confidence = 1.0 + number_of(options, "wals_alpha") * target
    return float(np.mean(confidence * ((target > 0) - scores) ** 2))


def _graph(found: Factors, codes: Sequence[ColumnCode], features: Sequence[Feature]) -> bytes:
    """Return the ONNX model from user and item to `score`, [n, 1]; whoever is unknown has vector and intercept 0."""
    from onnx import TensorProto

    builder = GraphBuilder(features)
    matrix = builder.matrix(codes)
    vectors = []
    for side, (factors, intercepts) in enumerate(
        ((found.users, found.user_intercepts), (found.items, found.item_intercepts))
    ):
        # The own intercept times 1, and 1 times that of the other side.
        more = [np.ones(len(factors) + 1), np.append(0.0, intercepts)]
        rows = np.concatenate([np.zeros((1, factors.shape[1])), factors])
        table = np.column_stack([rows, *(more if side else more[::-1])])
        column = builder.node("Gather", [matrix, builder.constant(np.array([side]))], axis=1)
        places = builder.node("Cast", [column], to=TensorProto.INT64)
        vectors.append(builder.node("Gather", [builder.constant(table), places], axis=0))
    products = builder.node("Mul", vectors)
    total = builder.node("ReduceSum", [products, builder.constant(np.array([2]))], keepdims=0)
    return builder.finish(builder.node("Add", [total, builder.constant(found.intercept)]), "score", 1)


def factors_file(found: Factors) -> bytes:
    """Return as Arrow IPC the vectors and intercepts, those of the users first."""
    vectors = np.concatenate([found.users, found.items])
    intercepts = np.concatenate([found.user_intercepts, found.item_intercepts])
    flat = array_of(vectors.reshape(-1))
    table = pa.table(
        {
            "factors": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
            "intercept": array_of(intercepts),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
