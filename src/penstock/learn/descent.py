"""Training in rounds: L-BFGS, which is done where the loss is least, and plain gradient descent as BigQuery
ML has it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.learner import Iteration, Progress
from penstock.learn.linear_design import Design

Floats = NDArray[np.float64]
# A step so small changes nothing in the digits of a solution.
_LEAST_RATE = 1e-16


class Loss(Protocol):
    """The loss of rows by their scores, both of shape (n, k)."""

    def value(self, scores: Floats, target: Floats, weights: Floats | None) -> float:
        """Return the sum over the rows."""
        ...

    def slope(self, scores: Floats, target: Floats, weights: Floats | None) -> Floats:
        """Return the derivative of `value` by the scores, (n, k)."""
        ...

    def reported(self, value: float, total: float) -> float:
        """Return what ML.TRAINING_INFO shows for a sum over rows that weigh `total`."""
        ...


@dataclass(frozen=True)
class Problem:
    """What is minimised: Σ loss + l1 Σ |w| + l2/2 Σ w², divided by the rows' total weight.

    Solutions have shape (width + 1, outputs); the last row is the intercept, which is never penalised.
    """

    loss: Loss
    design: Design
    target: Floats
    weights: Floats | None
    l1: float
    l2: float
    intercept: bool
    outputs: int
    judging: tuple[Design, Floats] | None

    @property
    def total(self) -> float:
        return float(self.design.rows if self.weights is None else self.weights.sum())

    def scores(self, solution: Floats, design: Design) -> Floats:
        return np.asarray(design.dot(solution[:-1]) + solution[-1], np.float64)

    def loss_and_slope(self, solution: Floats) -> tuple[float, Floats]:
        """Return the mean loss with the l2 penalty, and its derivative."""
        scores = self.scores(solution, self.design)
        value = self.loss.value(scores, self.target, self.weights)
        of_scores = self.loss.slope(scores, self.target, self.weights)
        slope = np.empty_like(solution)
        slope[:-1] = self.design.transposed_dot(of_scores) + self.l2 * solution[:-1]
        slope[-1] = of_scores.sum(axis=0) if self.intercept else 0.0
        value += self.l2 / 2.0 * float(np.sum(solution[:-1] ** 2))
        return value / self.total, slope / self.total

    def losses(self, solution: Floats) -> tuple[float, float | None]:
        """Return the reported loss on the training rows and on the judging rows, penalties left out."""
        value = self.loss.value(self.scores(solution, self.design), self.target, self.weights)
        own = self.loss.reported(value, self.total)
        if self.judging is None:
            return own, None
        design, target = self.judging
        held_out = self.loss.value(self.scores(solution, design), target, None)
        return own, self.loss.reported(held_out, design.rows)


@dataclass
class Watch:
    """Writes the rounds down and says when to stop early. `least_progress` None never stops."""

    problem: Problem
    progress: Progress
    most: int
    least_progress: float | None
    training_run: int = 0
    rows: list[Iteration] = field(default_factory=list)
    _since: float = field(default_factory=time.perf_counter)

    def saw(self, solution: Floats, rate: float | None) -> bool:
        """Record a finished round; return whether it improved too little to go on."""
        loss, eval_loss = self.problem.losses(solution)
        now = time.perf_counter()
        spent = round((now - self._since) * 1000)
        self._since = now
        before = self.rows[-1] if self.rows else None
        self.rows.append(Iteration(self.training_run, len(self.rows), loss, eval_loss, rate, spent))
        self.progress(len(self.rows), self.most, f"loss {loss:.6g}")
        if before is None or self.least_progress is None:
            return False
        old, new = (before.loss, loss) if eval_loss is None else (before.eval_loss or 0.0, eval_loss)
        return old - new < self.least_progress * abs(old)


def by_lbfgs(problem: Problem, start: Floats, watch: Watch) -> Floats:
    """Return the solution of least loss by L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995), in at most `watch.most`
    rounds.

    With l1, each weight is the difference of two that are not negative, so that the penalty is linear in
    both.
    """
    from scipy.optimize import minimize

    shape, free = start.shape, start.size - problem.outputs
    split = problem.l1 > 0
    share = problem.l1 / problem.total

    def joined(flat: Floats) -> Floats:
        merged = np.concatenate([flat[:free] - flat[free : 2 * free], flat[2 * free :]]) if split else flat
        return merged.reshape(shape)

    def objective(flat: Floats) -> tuple[float, Floats]:
        value, slope = problem.loss_and_slope(joined(flat))
        if not split:
            return value, slope.ravel()
        of_weights = slope.ravel()[:free]
        both = np.concatenate([of_weights + share, share - of_weights, slope.ravel()[free:]])
        return value + share * float(flat[: 2 * free].sum()), both

    def after(intermediate_result: Any) -> None:
        if watch.saw(joined(intermediate_result.x), None):
            raise StopIteration

    flat, bounds = start.ravel(), None
    if split:
        flat = np.concatenate([np.maximum(flat[:free], 0), np.maximum(-flat[:free], 0), flat[free:]])
        bounds = [(0.0, None)] * (2 * free) + [(None, None)] * problem.outputs
    options = {"maxiter": watch.most, "maxfun": 20 * watch.most, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 10}
    found = minimize(objective, flat, jac=True, method="L-BFGS-B", bounds=bounds, callback=after, options=options)
    return joined(found.x)


def by_gradient_descent(problem: Problem, start: Floats, watch: Watch, rate: float, *, search: bool) -> Floats:
    """Return the solution after at most `watch.most` steps down the slope; raises UntrainableModel when they
    lead away.

    With `search` each round tries 2, 1, ½ and ¼ times the last step and keeps the best, and smaller ones where all of
    them lead up. l1 shrinks after each step.
    """
    solution, worst = start, _value(problem, start)
    value = worst
    for _ in range(watch.most):
        value, rate, solution = _step(problem, solution, value, rate, search=search)
        if value > worst:
            raise UntrainableModel.of(
                f"Gradient descent ran away with a step of {rate:g}.",
                hint="Give a smaller learn_rate, or LINE_SEARCH.",
            )
        if watch.saw(solution, rate):
            break
    return solution


def _step(
    problem: Problem, solution: Floats, before: float, rate: float, *, search: bool
) -> tuple[float, float, Floats]:
    """Return the value, the rate and the solution of the best step from `solution`, whose value is `before`."""
    _, slope = problem.loss_and_slope(solution)
    while True:
        tries = [rate * factor for factor in (2.0, 1.0, 0.5, 0.25)] if search else [rate]
        found = [(_value(problem, stepped), each, stepped) for each, stepped in _steps(problem, solution, slope, tries)]
        best = min(found, key=lambda item: item[0])
        if not search or best[0] <= before or rate < _LEAST_RATE:
            return best
        rate /= 16.0


def _steps(problem: Problem, solution: Floats, slope: Floats, rates: list[float]) -> list[tuple[float, Floats]]:
    stepped = []
    for rate in rates:
        after = solution - rate * slope
        shrink = rate * problem.l1 / problem.total
        after[:-1] = np.sign(after[:-1]) * np.maximum(np.abs(after[:-1]) - shrink, 0.0)
        stepped.append((rate, after))
    return stepped


def _value(problem: Problem, solution: Floats) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        scores = problem.scores(solution, problem.design)
        value = problem.loss.value(scores, problem.target, problem.weights)
    value += problem.l2 / 2.0 * float(np.sum(solution[:-1] ** 2)) + problem.l1 * float(np.abs(solution[:-1]).sum())
    return value if np.isfinite(value) else np.inf
