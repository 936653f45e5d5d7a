"""The least value of a convex function by its slopes, with nothing but small products on the calling thread.

SciPy's L-BFGS-B asks OpenBLAS for products of a few numbers, whose threads then wait for each other: beside other
threads of ours a fit takes a hundred times as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = TypeVar("Floats", NDArray[np.float32], NDArray[np.float64])
# The pairs of steps and slopes that are remembered; the share of the promised gain that a step must bring (Armijo).
_REMEMBERED, _PROMISED = 10, 1e-4
_MOST_HALVINGS = 30


def least(
    value_and_slope: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    *,
    most: int,
    gain: float,
    goes_on: Callable[[], bool],
) -> Floats:
    """Return where the function is least: after `most` rounds, or once a round gains no more than the share `gain`.

    L-BFGS (Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization") with steps halved
    until they bring enough.
    """
    at = start
    value, slope = value_and_slope(at)
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=_REMEMBERED)
    for _ in range(most):
        way = _direction(slope, pairs)
        promised = float(np.vdot(slope, way))
        step, moved, found = 1.0, at, (value, slope)
        for _ in range(_MOST_HALVINGS):
            moved = at + step * way
            found = value_and_slope(moved)
            if found[0] <= value + _PROMISED * step * promised:
                break
            step /= 2.0
        else:
            break
        difference, turned = moved - at, found[1] - slope
        if float(np.vdot(difference, turned)) > 1e-12 * float(np.vdot(turned, turned)):
            pairs.append((difference, turned))
        done = value - found[0] <= gain * max(abs(value), abs(found[0]))
        at, (value, slope) = moved, found
        if done or not goes_on():
            break
    return at


def _direction(slope: Floats, pairs: deque[tuple[Floats, Floats]]) -> Floats:
    """Return the way down: the slope turned by what the last steps told of the curve."""
    way = -slope
    if not pairs:
        return way / max(float(np.sqrt(np.vdot(slope, slope))), 1.0)
    shares = []
    for step, turned in reversed(pairs):
        share = float(np.vdot(step, way)) / float(np.vdot(step, turned))
        way = way - share * turned
        shares.append(share)
    step, turned = pairs[-1]
    way = way * (float(np.vdot(step, turned)) / float(np.vdot(turned, turned)))
    for (step, turned), share in zip(pairs, reversed(shares), strict=True):
        back = float(np.vdot(turned, way)) / float(np.vdot(step, turned))
        way = way + (share - back) * step
    return way
