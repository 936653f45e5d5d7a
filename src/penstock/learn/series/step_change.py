"""Step changes: moments at which the whole level of a series moves, and stays."""

from __future__ import annotations

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.frequency import Step
from penstock.learn.series.rough import NORMAL, rough
from penstock.learn.series.seasonality import CYCLES

FAR = 7.0
"""How many robust standard deviations the level must move, against its usual moves over the same time."""
AT_ONCE = 0.4
"""The share of the move that must happen within a quarter of that time on each side of the place."""
BLOCKS = 5_000
"""A longer series is looked at through so many means."""
LEAST_POINTS = 24
LEAST_WINDOW = 5
MOST = 10
"""The most step changes in one series."""


def adjusted(values: Floats, step: Step) -> tuple[Floats, Floats | None]:
    """Return the series lifted to its latest level, and what the steps took off before, each (n,), or None."""
    places = change_points(values, step)
    if not places:
        return values, None
    rest = values - rough(values, step).season
    window = _window(len(values), step)
    effect = np.zeros(len(values))
    edges = [0, *places, len(values)]
    for before, place, after in zip(edges, places, edges[2:], strict=False):
        later, earlier = rest[place : min(after, place + window)], rest[max(before, place - window) : place]
        effect[:place] -= np.median(later) - np.median(earlier)
    return values - effect, effect


def change_points(values: Floats, step: Step) -> list[int]:
    """Return the places at which a new level begins, in order.

    The medians of the points before and after each place are compared with how much they differ elsewhere: a
    series that wanders has no step, however far it goes.
    """
    n = len(values)
    if n < LEAST_POINTS:
        return []
    rest = values - rough(values, step).season
    block = -(-n // BLOCKS)
    whole = n // block
    means = rest[n - whole * block :].reshape(whole, block).mean(axis=1)
    window = max(_window(n, step) // block, LEAST_WINDOW)
    found = []
    for coarse in _far_moves(means, window):
        middle = n - whole * block + coarse * block
        place = _sharpest(rest, middle, max(window // 2, 1) * block, _near(window * block))
        if _at_once(rest, place, window * block):
            found.append(place)
    return sorted(set(found))


def _far_moves(values: Floats, window: int) -> list[int]:
    """Return the places where the medians on both sides differ far more than they usually do, farthest first."""
    if len(values) < 2 * window + 2:
        return []
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, window), axis=1)
    size = np.abs(medians[window:] - medians[:-window])
    usual = max(NORMAL * float(np.median(size)), 1e-9 * float(np.abs(values).max()))
    far = size > FAR * usual
    found: list[int] = []
    while far.any() and len(found) < MOST:
        at = int(np.argmax(np.where(far, size, 0.0)))
        far[max(0, at - window) : at + window + 1] = False
        found.append(at + window)
    return found


def _at_once(values: Floats, place: int, window: int) -> bool:
    """Return whether most of the move between the windows around `place` happens close to it."""
    near = _near(window)
    whole = np.median(values[place : place + window]) - np.median(values[max(0, place - window) : place])
    close = np.median(values[place : place + near]) - np.median(values[max(0, place - near) : place])
    return bool(close * whole > 0 and abs(close) >= AT_ONCE * abs(whole))


def _window(n: int, step: Step) -> int:
    """Return how many points on each side are compared: a twelfth of the series, a whole short cycle at the least."""
    window = int(np.clip(n // 12, LEAST_WINDOW, 30))
    cycles = [round(length / step.length) for length in (CYCLES["daily"], CYCLES["weekly"])]
    whole = [period for period in cycles if period >= 2 and n >= 8 * period]
    return max([window, *whole])


def _near(window: int) -> int:
    return max(window // 4, 2)


def _sharpest(values: Floats, place: int, reach: int, near: int) -> int:
    """Return where around `place` the series moves most within `near` points, and there from one to the next."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(max(near, place - reach), min(len(values) - near, place + reach) + 1)
    within = np.abs(total[places + near] - 2 * total[places] + total[places - near])
    middle = int(places[within.argmax()])
    first = max(1, middle - near // 2)
    moves = np.abs(np.diff(values[first - 1 : middle + near // 2 + 1]))
    return first + int(moves.argmax())
