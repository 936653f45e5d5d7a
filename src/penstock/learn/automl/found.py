"""What a search has tried, what it has given up and why, and what it ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import InternalError, UserError
from penstock.learn.automl.calibration import Stretch
from penstock.learn.automl.candidate import Candidate
from penstock.learn.automl.choice import Crossed
from penstock.learn.automl.member_rows import Fitted
from penstock.learn.automl.thinning import thinned

Floats = NDArray[np.float64]
# What libraries raise, and we ourselves by mistake, on a table that they do not bear: it ends one candidate alone.
FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InternalError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    UserError,
    ValueError,
)
# Of what a library says of its error, so many letters are told.
_MOST_WORDS = 300


@dataclass(frozen=True)
class Tried:
    """A candidate that was fitted on all folds. `raw` (n, outputs) is what models of other rows say of each row, NaN
    where no fold judged it; `gain` the metric of that, more is better.
    """

    candidate: Candidate
    folds: tuple[Fitted, ...]
    raw: Floats
    gain: float
    seconds: float

    @property
    def scoring_milliseconds(self) -> float | None:
        """The time in which the models of all folds say something of 1,000 rows."""
        taken = [fold.scoring for fold in self.folds if fold.scoring is not None]
        return round(len(self.folds) * sum(taken) / len(taken), 3) if taken else None

    @property
    def size(self) -> int:
        """The bytes of the models of all folds."""
        return sum(fold.size for fold in self.folds)


@dataclass(frozen=True)
class Skipped:
    """A candidate that is no part of the ensemble, and why; one that `failed` ended with an unforeseen error."""

    candidate: Candidate
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class Found:
    """What a search ended with. `weights` (m,) are those of `tried`, which have the models of those folds that stand;
    `raw` is that of their sum, before `stretch`, `judged` the same by weights that other rows chose.
    """

    tried: tuple[Tried, ...]
    skipped: tuple[Skipped, ...]
    weights: Floats
    raw: Floats
    judged: Floats
    crossed: Crossed
    stretch: Stretch
    interrupted: bool = False
    # Of how many models some do not stand, for want of time where it is `late`, else since they are too large together;
    # 0 where all stand.
    models: int = 0
    late: bool = False

    @property
    def standing(self) -> int:
        """How many models the ensemble has: those of its members' folds."""
        return models_of(self.tried, self.weights)


def reason_of(problem: Exception) -> str:
    """Return why a candidate was given up, in a line: a user's error in its own words, any other one under its name."""
    if isinstance(problem, UserError):
        return problem.diagnostics[0].message
    words = " ".join(str(problem).split())
    return f"{type(problem).__name__}: {words[:_MOST_WORDS]}" if words else type(problem).__name__


def models_of(tried: Sequence[Tried], weights: Floats) -> int:
    """Return how many models the candidates of weight have, those of all their folds."""
    return sum(len(each.folds) for each, weight in zip(tried, weights, strict=True) if weight)


def thinner(tried: Sequence[Tried], weights: Floats, most: float) -> tuple[tuple[Tried, ...], Floats]:
    """Return the candidates with so many of their folds' models that those of weight have at most so many bytes
    together, and the weights. Those that have no weight are left as they are.
    """
    standing = thinned(weights, [[fold.size for fold in each.folds] for each in tried], most)
    left = np.where([len(folds) > 0 for folds in standing], weights, 0.0)
    found: Floats = left / left.sum()
    return tuple(
        replace(each, folds=tuple(each.folds[fold] for fold in folds)) if folds else each
        for each, folds in zip(tried, standing, strict=True)
    ), found
