"""How likely a difference is by chance alone, without SciPy, which takes longer to import than to ask."""

from __future__ import annotations

import math

_STEPS, _LEAST, _EXACT = 300, 1e-300, 1e-14


def beyond_normal(distance: float) -> float:
    """Return the probability that a standard normal variable is as far from 0 as this, on either side."""
    return math.erfc(abs(distance) / math.sqrt(2.0))


def beyond_student(distance: float, freedom: float) -> float:
    """Return the same of Student's t with so many degrees of freedom.

    The regularised incomplete beta function at freedom / (freedom + t²) (Abramowitz and Stegun 26.5.27), by its
    continued fraction (DLMF 8.17.22) as Lentz computes it.
    """
    square = distance * distance
    share = freedom / (freedom + square)
    return _beta(freedom / 2, 0.5, share, square / (freedom + square))


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """Return I_x(a, b); `rest` is 1 - x, which x close to 1 would not tell exactly."""
    if x <= 0.0 or rest <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    upper, lower = 1.0, 1.0 / _apart(1.0 - (a + b) * x / (a + 1))
    found = lower
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1.0 / _apart(1.0 + step * lower)
            upper = _apart(1.0 + step / upper)
            found *= lower * upper
        if abs(lower * upper - 1.0) < _EXACT:
            break
    return found


def _apart(value: float) -> float:
    """Return the value, or what is next to 0 in its place."""
    return value if abs(value) > _LEAST else _LEAST
