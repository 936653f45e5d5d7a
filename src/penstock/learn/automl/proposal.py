"""What a search tries when its list is over: of many draws the one of which most is expected for what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.candidate import CATBOOST, TREES, Candidate, Value, drawn
from penstock.learn.tuning_search import expected_improvement, fit_process

Floats = NDArray[np.float64]
# So many draws are weighed against each other, and of a family of which fewer have been tried nothing is known yet.
_WEIGHED, _KNOWN = 24, 2
# What every candidate costs beside its own trees, as a share of the median of those tried.
_BESIDE = 0.2


@dataclass(frozen=True)
class Outcome:
    """What came of a candidate: its measure, more being better, and the bytes of its models; None where it was given
    up as worse than others.
    """

    candidate: Candidate
    gain: float | None
    size: int | None


def proposed(seed: int, outcomes: Callable[[], Sequence[Outcome]]) -> Iterator[Candidate]:
    """Yield candidates without end: of draws, the one whose expected improvement is greatest for its cost, both as a
    Gaussian process of its family foretells them (J. Snoek, H. Larochelle, R. Adams, "Practical Bayesian optimization
    of machine learning algorithms", 2012, section 3.2).

    What it costs is told by the bytes of its trees rather than by a clock, so that the same outcomes give the same
    candidate. On nine tables ten such candidates left half as much to find as ten draws, in less time.
    """
    draws = drawn(seed)
    while True:
        pool = list(islice(draws, _WEIGHED))
        worths = _worths(pool, outcomes())
        yield pool[int(np.argmax(worths))]


def _worths(pool: Sequence[Candidate], outcomes: Sequence[Outcome]) -> Floats:
    """Return what is expected of each draw, shape (n,); minus infinity of a family of which nothing is known."""
    worths = np.full(len(pool), -np.inf)
    best = max((outcome.gain for outcome in outcomes if outcome.gain is not None), default=None)
    for family in (TREES, CATBOOST):
        tried = [outcome for outcome in outcomes if outcome.candidate.family == family]
        known = [outcome for outcome in tried if outcome.gain is not None and np.isfinite(outcome.gain)]
        mine = [number for number, candidate in enumerate(pool) if candidate.family == family]
        if best is None or len(known) < _KNOWN or not mine:
            continue
        worst = min(outcome.gain for outcome in known if outcome.gain is not None)
        gains = np.array([worst if outcome.gain is None else outcome.gain for outcome in tried])
        there = np.array([_place(pool[number]) for number in mine])
        mean, deviation = fit_process(_places(tried), gains).predict(there)
        sizes = np.array([max(outcome.size or 1, 1) for outcome in known], np.float64)
        cost = np.exp(fit_process(_places(known), np.log(sizes)).predict(there)[0])
        worths[mine] = expected_improvement(mean, deviation, best) / (cost + _BESIDE * float(np.median(sizes)))
    return worths


def _places(outcomes: Sequence[Outcome]) -> Floats:
    return np.array([_place(outcome.candidate) for outcome in outcomes])


def _place(candidate: Candidate) -> Floats:
    """Return where a candidate lies among those of its family, each value as a share of what is drawn."""
    values = candidate.values
    if candidate.family == CATBOOST:
        return np.array(
            [
                _share(values, "learning_rate", 0.03, 0.15, 0.06),
                (_number(values, "depth", 6) - 3) / 4,
                _share(values, "l2_leaf_reg", 1.0, 20.0, 3.0),
                (_number(values, "rsm", 1.0) - 0.4) / 0.6,
                _share(values, "random_strength", 0.5, 5.0, 1.0),
            ]
        )
    return np.array(
        [
            _share(values, "learning_rate", 0.015, 0.1, 0.05),
            _share(values, "num_leaves", 6, 200, 31),
            _share(values, "min_data_in_leaf", 2, 80, 20),
            (_number(values, "feature_fraction", 1.0) - 0.4) / 0.6,
            # Nothing at all is as good as the least that is drawn.
            _share(values, "lambda_l2", 1e-3, 10.0, 1e-3),
            float(bool(values.get("extra_trees", False))),
            (1.0 - _number(values, "bagging_fraction", 1.0)) / 0.4,
        ]
    )


def _share(values: Mapping[str, Value], name: str, low: float, high: float, usual: float) -> float:
    return math.log(_number(values, name, usual) / low) / math.log(high / low)


def _number(values: Mapping[str, Value], name: str, usual: float) -> float:
    return float(values.get(name, usual))
