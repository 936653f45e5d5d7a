"""Weighted least squares on a design: the normal equation, or conjugate directions where it would be too
large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.learn.linear_design import Design

Floats = NDArray[np.float64]
# Wider designs are solved by iteration: the eigenvectors of the normal equation cost the cube of its width.
MOST_COLUMNS = 1500
_REFINEMENTS = 2


def least_squares(
    design: Design, target: Floats, weights: Floats | None, l2: float, *, intercept: bool
) -> tuple[Floats, float]:
    """Return the weights (width,) and the intercept that minimise ½ Σ weight (target - prediction)² + l2/2 Σ
    w².

    Of several minima, as one-hot columns beside an intercept have, the one of least norm.
    """
    if design.width <= MOST_COLUMNS:
        return _normal_equation(design, target, weights, l2, intercept=intercept)
    return _iterated(design, target, weights, l2, intercept=intercept)


def normal_matrix(design: Design, weights: Floats | None, *, intercept: bool) -> Floats:
    """Return Xᵀ diag(weights) X, (width + 1, width + 1), X closed by a column of ones; of zeros without intercept."""
    width = design.width
    of_rows = np.ones(design.rows) if weights is None else weights
    matrix: Floats = np.zeros((width + 1, width + 1))
    matrix[:width, :width] = design.gram(weights)
    if intercept:
        matrix[width, width] = of_rows.sum()
        matrix[width, :width] = matrix[:width, width] = design.transposed_dot(of_rows[:, None])[:, 0]
    return matrix


def _normal_equation(
    design: Design, target: Floats, weights: Floats | None, l2: float, *, intercept: bool
) -> tuple[Floats, float]:
    width = design.width
    of_rows = np.ones(design.rows) if weights is None else weights
    gram = normal_matrix(design, weights, intercept=intercept)
    gram[np.arange(width), np.arange(width)] += l2
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * (width + 1) * np.finfo(np.float64).eps * 8
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    solution = np.zeros(width + 1)
    for _ in range(1 + _REFINEMENTS):
        # The residual is of the rows, not of their products, and gives back the digits that the products have
        # lost.
        error = of_rows * (target - design.dot(solution[:width, None])[:, 0] - solution[width])
        slope = np.append(design.transposed_dot(error[:, None])[:, 0] - l2 * solution[:width], 0.0)
        slope[width] = error.sum() if intercept else 0.0
        solution += inverse @ slope
    return solution[:width], float(solution[width])


def _iterated(
    design: Design, target: Floats, weights: Floats | None, l2: float, *, intercept: bool
) -> tuple[Floats, float]:
    """By LSMR (Fong and Saunders, "LSMR: An iterative algorithm for sparse least-squares problems", 2011)."""
    from scipy.sparse.linalg import LinearOperator, lsmr

    roots = np.ones(design.rows) if weights is None else np.sqrt(weights)
    root_l2 = np.sqrt(l2)

    def forward(solution: Floats) -> Floats:
        scores = design.dot(solution[:-1].reshape(-1, 1))[:, 0] + (solution[-1] if intercept else 0.0)
        return np.concatenate([roots * scores.reshape(-1), root_l2 * solution[:-1].reshape(-1)])

    def backward(values: Floats) -> Floats:
        values = values.reshape(-1)
        of_rows = roots * values[: design.rows]
        slope = design.transposed_dot(of_rows[:, None])[:, 0] + root_l2 * values[design.rows :]
        return np.append(slope, of_rows.sum() if intercept else 0.0)

    shape = (design.rows + design.width, design.width + 1)
    operator = LinearOperator(shape, matvec=forward, rmatvec=backward, dtype=np.float64)
    wanted = np.concatenate([roots * target, np.zeros(design.width)])
    solution = lsmr(operator, wanted, atol=1e-12, btol=1e-12, maxiter=10_000)[0]
    return solution[:-1], float(solution[-1])
