"""How sure the weights of a linear model are: their covariance, standard errors and p-values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.learn.descent import Problem
from penstock.learn.least_squares import normal_matrix
from penstock.learn.linear_model import LinearModel, Link, weight_rows

Floats = NDArray[np.float64]
Json = Any
# BigQuery ML's limit; every column has a row and a column in the matrix that is inverted.
MOST_COLUMNS = 1000
# Columns of which a combination varies less than this, each scaled to 1, cannot be told apart.
_DEPENDENT = 1e-11
# A column that carries less than this of such a combination has no part in it.
_CARRIES = 0.05


@dataclass(frozen=True)
class Uncertainty:
    """The covariance of a solution, (width + 1, width + 1), the intercept last; `estimated` marks what was fitted."""

    covariance: Floats
    estimated: NDArray[np.bool_]


def uncertainty(problem: Problem, model: LinearModel, left_out: Sequence[int]) -> Uncertainty:
    """Return how sure a solution is; `left_out` are the design's columns that dummy encoding gives no weight.

    For squared error: s² (XᵀX)⁻¹, with s² the squared error divided by rows less weights (Greene, "Econometric
    Analysis", 4.3); for the log loss the inverse of Fisher's information, Xᵀ diag(p (1 - p)) X (Agresti,
    "Categorical Data Analysis", 5.5). An l2 penalty λ makes of M⁻¹, either one's, (M + λ)⁻¹ M (M + λ)⁻¹. Raises
    InvalidOption for more than two classes or too many columns, UntrainableModel for columns that depend on one
    another.
    """
    design = problem.design
    if model.link is Link.SOFTMAX:
        message = "Option calculate_p_values: p-values are for values and for two classes, not for more."
        raise InvalidOption.of(message, option="calculate_p_values")
    if design.width >= MOST_COLUMNS:
        message = f"Option calculate_p_values takes fewer than {MOST_COLUMNS:,} columns and categories in all"
        raise InvalidOption.of(f"{message}, not {design.width:,}.", option="calculate_p_values")
    estimated = np.ones(design.width + 1, np.bool_)
    estimated[list(left_out)] = False
    estimated[-1] = problem.intercept
    scores = problem.scores(np.vstack([model.weights, model.intercept]), design)
    of_rows = np.ones(design.rows) if problem.weights is None else problem.weights
    variance = 1.0
    if model.link is Link.IDENTITY:
        freedom = problem.total - np.count_nonzero(estimated)
        if freedom <= 0:
            message = f"{design.rows:,} rows are too few for p-values of {np.count_nonzero(estimated):,} weights."
            raise UntrainableModel.of(message, hint="Leave calculate_p_values out, or select fewer columns.")
        variance = float(of_rows @ (problem.target - scores)[:, 0] ** 2) / freedom
    else:
        of_rows = of_rows / (2.0 * np.cosh(np.minimum(np.abs(scores[:, 0]), 600.0) / 2.0)) ** 2
    matrix = normal_matrix(design, of_rows, intercept=problem.intercept)[np.ix_(estimated, estimated)]
    penalty = np.append(np.full(design.width, problem.l2), 0.0)[estimated]
    inverse = _inverse(matrix, penalty, [name for name, kept in zip(_names(model), estimated, strict=True) if kept])
    covariance = np.zeros((design.width + 1, design.width + 1))
    covariance[np.ix_(estimated, estimated)] = variance * (inverse @ matrix @ inverse if problem.l2 else inverse)
    return Uncertainty(covariance, estimated)


def _inverse(matrix: Floats, penalty: Floats, names: Sequence[str]) -> Floats:
    penalised = matrix + np.diag(penalty)
    size = np.sqrt(np.diag(penalised))
    empty = [name for name, length in zip(names, size, strict=True) if not length > 0]
    if empty:
        raise _dependent(empty)
    values, vectors = np.linalg.eigh(penalised / np.outer(size, size))
    if values[0] < _DEPENDENT:
        raise _dependent([name for name, part in zip(names, np.abs(vectors[:, 0]), strict=True) if part > _CARRIES])
    inverse: Floats = (vectors / values) @ vectors.T / np.outer(size, size)
    return inverse


def _dependent(names: Sequence[str]) -> UntrainableModel:
    listed = ", ".join(dict.fromkeys(repr(name) for name in names))
    return UntrainableModel.of(
        f"Option calculate_p_values: the weights of {listed} cannot be told apart; their inputs depend on one another.",
        hint="Leave one of them out of the query, or calculate_p_values.",
    )


def _names(model: LinearModel) -> list[str]:
    """Return the input of each column of the design and of the intercept."""
    names: list[str] = []
    for row in weight_rows(model, (), standardised=True):
        names += [row["processed_input"]] * len(_parts(row))
    return names


def advanced_rows(model: LinearModel, found: Uncertainty, *, standardised: bool) -> Iterator[Mapping[str, Json]]:
    """Yield the rows of ML.ADVANCED_WEIGHTS, in the inputs' own units or for the standardised inputs.

    {processed_input, category, weight, standard_error, p_value}; the last two are None for what was not fitted,
    and for the intercept in the inputs' own units, as in BigQuery ML. p = 2 (1 - Φ(|weight / standard error|)).
    """
    scale = np.ones(model.read.numbers) if standardised else model.read.scale
    errors = np.sqrt(np.diag(found.covariance))
    errors[: model.read.numbers] /= scale
    known = found.estimated.copy()
    known[-1] &= standardised
    place = 0
    for row in weight_rows(model, (), standardised=standardised):
        for part in _parts(row):
            error = float(errors[place]) if known[place] else None
            yield {
                "processed_input": row["processed_input"],
                **part,
                "standard_error": error,
                "p_value": math.erfc(abs(part["weight"]) / error / math.sqrt(2.0)) if error else None,
            }
            place += 1


def _parts(row: Mapping[str, Json]) -> list[Json]:
    """Return the category and weight of each design column that stands in a row of ML.WEIGHTS."""
    own = [{"category": None, "weight": row["weight"]}]
    parts: list[Json] = row["category_weights"] if row["weight"] is None else own
    return parts
