"""Which point of a search space to try next: a grid, at random, or where a Gaussian process expects most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.tuning_space import Point, Space

Floats = NDArray[np.float64]
GAUSSIAN, RANDOM, GRID = "VIZIER_DEFAULT", "RANDOM_SEARCH", "GRID_SEARCH"
ALGORITHMS = (GAUSSIAN, RANDOM, GRID)
# Points that are weighed against each other for the next trial, and how many of them lie around the best so far.
_WEIGHED, _AROUND = 1500, 500
# Draws before a finite space is taken to be used up.
_DRAWS = 200
_LENGTHS = np.geomspace(0.05, 3.0, 13)
_NOISES = (1e-6, 1e-4, 1e-2, 1e-1)


@dataclass(frozen=True)
class Tried:
    """A point, and how good it was: greater is better; None for one that gave no model."""

    point: Point
    value: float | None


def next_points(space: Space, tried: Sequence[Tried], algorithm: str, seed: int, count: int) -> list[Point]:
    """Return up to `count` points to try at once, none of them tried before; none when all have been.

    The same arguments give the same points. The first of all is where the search starts.
    """
    found: list[Point] = []
    if not tried:
        found.append(space.start)
    if algorithm == GRID:
        fresh = (point for point in space.grid() if not _is_among(point, tried, found))
        return [*found, *islice(fresh, count - len(found))]
    while len(found) < count:
        number = len(tried) + len(found)
        random = np.random.default_rng([seed, number])
        if algorithm == GAUSSIAN and number >= _first_draws(space) and any(item.value is not None for item in tried):
            point = _most_promising(space, tried, found, random)
        else:
            point = _drawn(space, tried, found, random)
        if point is None:
            break
        found.append(point)
    return found


def _first_draws(space: Space) -> int:
    """How many trials look around before the process is asked."""
    return len(space.dimensions) + 2


def _is_among(point: Point, tried: Sequence[Tried], found: Sequence[Point]) -> bool:
    return any(item.point == point for item in tried) or any(other == point for other in found)


def _drawn(space: Space, tried: Sequence[Tried], found: Sequence[Point], random: np.random.Generator) -> Point | None:
    for _ in range(_DRAWS):
        point = space.drawn(random)
        if not _is_among(point, tried, found):
            return point
    if not space.discrete:
        return None
    return next((point for point in space.grid() if not _is_among(point, tried, found)), None)


def _most_promising(
    space: Space, tried: Sequence[Tried], found: Sequence[Point], random: np.random.Generator
) -> Point | None:
    """Return the point of the greatest expected improvement (J. Močkus, 1975; J. Snoek, H. Larochelle, R. Adams,
    "Practical Bayesian optimization of machine learning algorithms", 2012).

    A point that is being tried already counts as what the process expects of it; one that gave no model as the worst.
    """
    values = [item.value for item in tried if item.value is not None]
    outcomes = np.array([min(values) if item.value is None else item.value for item in tried])
    places = np.array([space.place(item.point) for item in tried])
    process = fit_process(places, outcomes)
    if found:
        waiting = np.array([space.place(point) for point in found])
        believed, _ = process.predict(waiting)
        process = fit_process(np.vstack([places, waiting]), np.append(outcomes, believed))
    best = tried[int(np.argmax(outcomes))].point
    weighed = [space.drawn(random) for _ in range(_WEIGHED - _AROUND)]
    weighed += [_near(space, best, random) for _ in range(_AROUND)]
    kept = [point for point in weighed if not _is_among(point, tried, found)]
    if not kept:
        return _drawn(space, tried, found, random)
    mean, deviation = process.predict(np.array([space.place(point) for point in kept]))
    return kept[int(np.argmax(expected_improvement(mean, deviation, float(outcomes.max()))))]


def _near(space: Space, best: Point, random: np.random.Generator) -> Point:
    """Return a point beside the best one: each option moved a little, or drawn anew one time in five."""
    moved = {}
    drawn = space.drawn(random)
    for dimension in space.dimensions:
        share, fresh = float(random.normal(0.0, 0.1)), bool(random.random() < 0.2)
        value = best.get(dimension.name, dimension.start)
        if dimension.values or fresh:
            moved[dimension.name] = drawn.get(dimension.name, value) if fresh else value
        else:
            moved[dimension.name] = dimension.value(min(max(dimension.places(value)[0] + share, 0.0), 1.0))
    return space.settled(moved)


def expected_improvement(mean: Floats, deviation: Floats, best: float) -> Floats:
    """Return how much each point is expected to be above the best so far, shape (n,)."""
    gain = mean - best
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(deviation > 0, gain / deviation, 0.0)
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in ratio.tolist()])
    density = np.exp(-0.5 * ratio**2) / math.sqrt(2.0 * math.pi)
    return np.where(deviation > 0, gain * below + deviation * density, np.maximum(gain, 0.0))


@dataclass(frozen=True)
class Process:
    """A Gaussian process with a Matérn 5/2 kernel, given what was seen (C. Rasmussen, C. Williams, "Gaussian
    processes for machine learning", 2006, chapter 2).
    """

    places: Floats
    length: float
    noise: float
    factor: Floats
    weights: Floats
    center: float
    scale: float

    def predict(self, places: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the noiseless value at each place, shape (n,)."""
        across = matern(places, self.places, self.length)
        spread = 1.0 - np.sum(np.linalg.solve(self.factor, across.T) ** 2, axis=0)
        return across @ self.weights * self.scale + self.center, np.sqrt(np.maximum(spread, 0.0)) * self.scale


def matern(first: Floats, second: Floats, length: float) -> Floats:
    """Return the Matérn 5/2 covariances of two sets of places, shape (n, m); 1 at distance 0."""
    apart = np.sqrt(np.maximum(((first[:, None, :] - second[None, :, :]) ** 2).sum(axis=2), 0.0))
    reach = math.sqrt(5.0) * apart / length
    kernel: Any = (1.0 + reach + reach**2 / 3.0) * np.exp(-reach)
    found: Floats = kernel
    return found


def fit_process(places: Floats, values: Floats) -> Process:
    """Return the process whose length and noise make the values most likely, of a fixed list of both."""
    center, scale = float(values.mean()), float(values.std()) or 1.0
    standard = (values - center) / scale
    fits = [_fit(places, standard, float(length), noise) for length in _LENGTHS for noise in _NOISES]
    likelihood, length, noise, factor, weights = max(fits, key=lambda fit: fit[0])
    assert np.isfinite(likelihood)
    return Process(places, length, noise, factor, weights, center, scale)


def _fit(places: Floats, values: Floats, length: float, noise: float) -> tuple[float, float, float, Floats, Floats]:
    covariance = matern(places, places, length) + noise * np.eye(len(values))
    found: Any = np.linalg.cholesky(covariance)
    factor: Floats = found
    weights: Floats = np.linalg.solve(factor.T, np.linalg.solve(factor, values))
    likelihood = -0.5 * float(values @ weights) - float(np.log(np.diag(factor)).sum())
    return likelihood, length, noise, factor, weights
