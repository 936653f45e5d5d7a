"""Step changes: moments at which the whole level of a series moves, and stays."""

from __future__ import annotations

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.frequency import Step
from penstock.learn.series.rough import NORMAL, rough

FAR = 7.0
"""How many robust standard deviations the level must move, against its usual moves over the same time."""
AT_ONCE = 0.5
"""The share of the move that must happen from one point to the next."""
LEAST_POINTS = 24
MOST = 10
"""The most step changes in one series."""


def adjusted(values: Floats, step: Step) -> tuple[Floats, Floats | None]:
    """Return the series lifted to its latest level, and what the steps took off before, each (n,), or None."""
    places = change_points(values, step)
    if not places:
        return values, None
    season = rough(values, step).season
    effect = np.zeros(len(values))
    edges = [0, *places, len(values)]
    for before, place, after in zip(edges, places, edges[2:], strict=False):
        window = _window(len(values))
        rest = values - season
        jump = np.median(rest[place : min(after, place + window)]) - np.median(
            rest[max(before, place - window) : place]
        )
        effect[:place] -= jump
    return values - effect, effect


def change_points(values: Floats, step: Step) -> list[int]:
    """Return the places at which a new level begins, in order.

    The medians of the points before and after each place are compared with how much they differ elsewhere: a
    series that wanders has no step, however far it goes.
    """
    n = len(values)
    window = _window(n)
    if n < LEAST_POINTS:
        return []
    rest = values - rough(values, step).season
    sides = np.lib.stride_tricks.sliding_window_view(rest, window)
    medians = np.median(sides, axis=1)
    moves = medians[window:] - medians[:-window]
    size = np.abs(moves)
    usual = NORMAL * float(np.median(size))
    if usual <= 1e-9 * float(np.abs(values).max()):
        usual = 1e-9 * float(np.abs(values).max())
    found: list[int] = []
    far = size > FAR * usual
    while far.any() and len(found) < MOST:
        at = int(np.argmax(np.where(far, size, 0.0)))
        far[max(0, at - window) : at + window + 1] = False
        place = _sharpest(rest, at + window, window // 2)
        at_once = rest[place] - rest[place - 1]
        if at_once * moves[at] > 0 and abs(at_once) >= AT_ONCE * size[at]:
            found.append(place)
    return sorted(found)


def _window(n: int) -> int:
    return int(np.clip(n // 12, 5, 30))


def _sharpest(values: Floats, place: int, reach: int) -> int:
    """Return the place near `place` where the series moves most from one point to the next."""
    first = max(1, place - reach)
    moves = np.abs(np.diff(values[first - 1 : place + reach + 1]))
    return first + int(moves.argmax())
