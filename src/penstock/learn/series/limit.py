"""Forecasts that stay strictly inside limits."""

from __future__ import annotations

import numpy as np

from penstock.learn.series.fitted_series import Floats

SOFTNESS = 0.25
"""How far from a limit a forecast begins to bend, in standard errors of one step."""


def limited(values: Floats, scale: float, lower: float | None, upper: float | None) -> Floats:
    """Return the values drawn inside the limits, shape (n,): those well inside hardly move.

    A value bends by softplus as it comes near a limit and never reaches it; `scale` is the one-step error.
    """
    if lower is None and upper is None:
        return values
    soft = SOFTNESS * scale
    if lower is not None and upper is not None:
        soft = min(soft, (upper - lower) / 20)
    soft = max(soft, 1e-9 * max(abs(lower or 0.0), abs(upper or 0.0), float(np.abs(values).max()), 1e-300))
    inside = values
    if lower is not None:
        inside = lower + soft * np.logaddexp(0, (inside - lower) / soft)
    if upper is not None:
        inside = upper - soft * np.logaddexp(0, (upper - inside) / soft)
    # Softplus underflows far outside; strictly inside is the next number that there is.
    if lower is not None:
        inside = np.maximum(inside, np.nextafter(lower, np.inf))
    if upper is not None:
        inside = np.minimum(inside, np.nextafter(upper, -np.inf))
    return inside
