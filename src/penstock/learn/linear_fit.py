"""What both linear families do around their loss: read the features, solve, put the model together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.options import OptionValue, number_of
from penstock.learn.descent import Loss, Problem, Watch, by_gradient_descent, by_lbfgs
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.least_squares import least_squares
from penstock.learn.linear_design import design_of, most_frequent
from penstock.learn.linear_input import linear_input
from penstock.learn.linear_model import LinearModel, Link, model_from_json
from penstock.learn.linear_option import AUTO, DESCENT, DUMMY, FIRST_RATE, NORMAL
from penstock.learn.standard_error import advanced_rows, uncertainty

Floats = NDArray[np.float64]
Json = Any
# Of a training that goes on to the least loss.
_MOST_ROUNDS = 1000


@dataclass(frozen=True)
class LinearTask:
    """What is learned.

    `target` has shape (n, k), `start` is the solution to begin with where nothing is known, (k,).
    """

    loss: Loss
    link: Link
    target: Floats
    start: Floats
    squared: bool


def fit_linear(
    data: TrainingData,
    options: Mapping[str, OptionValue],
    progress: Progress,
    warm_start: WarmStart | None,
    task: LinearTask,
) -> FittedModel:
    """Return the fitted model of a linear family."""
    trained = ~data.held_out
    columns = data.columns if trained.all() else data.columns.filter(pa.array(trained))
    earlier = model_from_json(warm_start.details) if warm_start else None
    intercept = options["fit_intercept"] is True
    read = earlier.read if earlier else linear_input(columns, data.features)
    if not intercept:
        # Taking a mean off is an intercept in disguise.
        read = replace(read, center=np.zeros_like(read.center))
    dummy = options["category_encoding_method"] == DUMMY
    dropped = most_frequent(columns, data.features, read) if dummy else [0] * len(read.categories)
    design = design_of(columns, data.features, read, dropped)
    judging = None
    if data.held_out.any():
        held_out = data.columns.filter(pa.array(data.held_out))
        judging = (design_of(held_out, data.features, read, dropped), task.target[data.held_out])
    problem = Problem(
        task.loss,
        design,
        task.target[trained],
        None if data.weights is None else data.weights[trained],
        number_of(options, "l1_reg"),
        number_of(options, "l2_reg"),
        intercept,
        task.target.shape[1],
        judging,
    )
    solution, iterations = _solve(problem, options, progress, task, earlier, warm_start)
    left_out = [start + without - 1 for start, without in zip(design.starts, dropped, strict=True) if without]
    solution[left_out] = 0.0
    model = LinearModel(data.features, read, solution[:-1], solution[-1], task.link)
    details = model.as_json(data.classes)
    if options["calculate_p_values"]:
        sure = uncertainty(problem, model, left_out)
        details["advanced_weights"] = list(advanced_rows(model, sure, standardised=False))
        details["standardized_advanced_weights"] = list(advanced_rows(model, sure, standardised=True))
    return FittedModel(model.graph(), iterations, details)


def _solve(
    problem: Problem,
    options: Mapping[str, OptionValue],
    progress: Progress,
    task: LinearTask,
    earlier: LinearModel | None,
    warm_start: WarmStart | None,
) -> tuple[Floats, tuple[Iteration, ...]]:
    before: Sequence[Iteration] = warm_start.iterations if warm_start else ()
    run = before[-1].training_run + 1 if before else 0
    wanted = options["optimize_strategy"]
    if task.squared and not problem.l1 and (wanted == NORMAL or (wanted == AUTO and warm_start is None)):
        since = time.perf_counter()
        weights, intercept = least_squares(
            problem.design, problem.target[:, 0], problem.weights, problem.l2, intercept=problem.intercept
        )
        solution = np.append(weights, intercept)[:, None]
        loss, eval_loss = problem.losses(solution)
        spent = round((time.perf_counter() - since) * 1000)
        progress(1, 1, f"loss {loss:.6g}")
        return solution, (*before, Iteration(run, 0, loss, eval_loss, None, spent))
    search = options["learn_rate_strategy"] == "LINE_SEARCH"
    rate = number_of(options, "ls_init_learn_rate" if search else "learn_rate")
    start = _start(problem, task, earlier)
    if wanted == DESCENT or not search or rate != FIRST_RATE:
        watch = _watch(problem, options, progress, run)
        solution = by_gradient_descent(problem, start, watch, rate, search=search)
    else:
        # A p-value holds for the least loss only.
        least = options["calculate_p_values"] is True
        watch = Watch(problem, progress, _MOST_ROUNDS, None, run) if least else _watch(problem, options, progress, run)
        solution = by_lbfgs(problem, start, watch)
        if not watch.rows:
            watch.saw(solution, None)
    return solution, (*before, *watch.rows)


def _watch(problem: Problem, options: Mapping[str, OptionValue], progress: Progress, run: int) -> Watch:
    least = number_of(options, "min_rel_progress") if options["early_stop"] is True else None
    return Watch(problem, progress, int(number_of(options, "max_iterations")), least, run)


def _start(problem: Problem, task: LinearTask, earlier: LinearModel | None) -> Floats:
    if earlier:
        intercept = earlier.intercept if problem.intercept else np.zeros_like(earlier.intercept)
        return np.concatenate([earlier.weights, intercept[None, :]])
    start = np.zeros((problem.design.width + 1, problem.outputs))
    if problem.intercept:
        start[-1] = task.start
    return start
