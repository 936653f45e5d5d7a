"""ARIMA models of one series: fitted by maximum likelihood, chosen by AIC, carried into the future."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.learn.series.arma import ahead, ar_to_partial, conditional, impulse, partial_to_ar, whitened
from penstock.learn.series.descent import minimum
from penstock.learn.series.fitted_series import Candidate, Floats

KPSS_CRITICAL = 0.463
"""Above it a series is not stationary, at 5 %: Kwiatkowski et al. (1992), table 1."""
LEAST_TESTED = 5
LONG = 2_000
"""From so many points on, the parameters are those of the conditional likelihood: they hardly differ."""
NEAR_UNIT = 1.01
REACH = 3.0
"""Where the search ends: a partial autocorrelation of tanh(3) = 0.995."""


def differences(values: Floats) -> int:
    """Return how often to take differences so that the series is level: 0 or 1, by the KPSS test at 5 %.

    Never twice: that would carry the last slope on for ever.
    """
    return int(len(values) >= LEAST_TESTED and kpss(values) > KPSS_CRITICAL)


def kpss(values: Floats) -> float:
    """Return the KPSS statistic for a level series; 0 for a constant one.

    The long-run variance has Bartlett's weights over 3√n/13 lags, as in Hyndman and Khandakar (2008).
    """
    n = len(values)
    rest = values - values.mean()
    spread = float(rest @ rest)
    if spread <= 1e-20 * float(values @ values) or spread == 0:
        return 0.0
    lags = int(3 * np.sqrt(n) / 13)
    for lag in range(1, lags + 1):
        spread += 2 * (1 - lag / (lags + 1)) * float(rest[lag:] @ rest[:-lag])
    partial = np.cumsum(rest)
    return float(partial @ partial) / (n * max(spread, 1e-300))


def orders(d: int, lowest: int, highest: int) -> list[tuple[int, int, int, bool]]:
    """Return the candidates of AUTO_ARIMA: every p + q between the bounds, with and without drift where d is 1.

    That is 3, 6, 10, 15 or 21 for a highest order of 1 to 5, doubled for the drift.
    """
    drifts = (False, True) if d == 1 else (False,)
    pairs = [(p, total - p) for total in range(lowest, highest + 1) for p in range(total, -1, -1)]
    return [(p, d, q, drift) for p, q in pairs for drift in drifts]


def fit_order(values: Floats, order: tuple[int, int, int], drift: bool) -> Candidate | None:
    """Return the model of this order; None where the series is too short for it.

    The constant (the mean where d is 0, the drift where d is 1) is the generalised least squares one under the
    ARMA part, so that only its parameters are searched.
    """
    p, d, q = order
    target = np.diff(values, d)
    constant = d == 0 or (d == 1 and drift)
    free = p + q + constant
    if len(target) < free + 2:
        return None
    columns = np.column_stack([target, np.ones(len(target))]) if constant else target[:, None]
    ar, ma = _search(columns, p, q)
    found = whitened(columns, ar, ma)
    if found is None:
        return None
    n = len(target)
    level, errors = _least_squares(found.columns)
    variance = float(errors @ errors) / n
    likelihood = -0.5 * (n * (np.log(2 * np.pi * max(variance, 1e-300)) + 1) + found.log_determinant)
    return Candidate(
        p=p,
        d=d,
        q=q,
        has_drift=drift and d == 1,
        log_likelihood=float(likelihood),
        aic=float(-2 * likelihood + 2 * (free + 1)),
        variance=variance,
        ar=tuple(ar.tolist()),
        ma=tuple(ma.tolist()),
        intercept_or_drift=level,
    )


def project(values: Floats, candidate: Candidate, count: int) -> tuple[Floats, Floats]:
    """Return the expected next `count` values and their standard errors, each of shape (count,)."""
    ar, ma = np.array(candidate.ar), np.array(candidate.ma)
    d, constant = candidate.d, candidate.intercept_or_drift
    moving = ahead(np.diff(values, d) - constant, ar, ma, count) + constant
    for level in range(d - 1, -1, -1):
        moving = np.diff(values, level)[-1] + np.cumsum(moving)
    weights = impulse(ar, ma, count)
    for _ in range(d):
        weights = np.cumsum(weights)
    return moving, np.sqrt(candidate.variance * np.cumsum(weights**2))


def chosen(fitted: Sequence[Candidate]) -> Candidate:
    """Return the one of the lowest AIC, the simpler of two equal ones; not one at a unit root if there is another."""
    stable = [model for model in fitted if not near_unit_root(model)]
    return min(stable or fitted, key=lambda model: (model.aic, model.p + model.q))


def near_unit_root(model: Candidate) -> bool:
    """Return whether a root of the AR or MA part is within 1 % of the unit circle: its order is one too many."""
    for weights in (-np.array(model.ar), np.array(model.ma)):
        if len(weights) and float(np.abs(np.roots(np.append(1.0, weights))).max(initial=0.0)) > 1 / NEAR_UNIT:
            return True
    return False


def _least_squares(columns: Floats) -> tuple[float, Floats]:
    """Return the multiple of the second column, if there is one, nearest to the first, and what is left of it."""
    left = columns[:, 0]
    if columns.shape[1] == 1:
        return 0.0, left
    right = columns[:, 1]
    level = float(right @ left / (right @ right))
    return level, left - level * right


def _search(columns: Floats, p: int, q: int) -> tuple[Floats, Floats]:
    """Return the AR and MA coefficients of the greatest likelihood; stationary and invertible by construction."""
    if not p + q:
        return np.empty(0), np.empty(0)
    n = len(columns)

    def parts(search: Floats) -> tuple[Floats, Floats]:
        partial = np.tanh(search)
        return partial_to_ar(partial[:p]), -partial_to_ar(partial[p:])

    def long_loss(search: Floats) -> float:
        _, errors = _least_squares(conditional(columns, *parts(search)))
        return float(np.log(max(float(errors @ errors), 1e-300)))

    def loss(search: Floats) -> float:
        found = whitened(columns, *parts(search))
        if found is None:
            return 1e10
        _, errors = _least_squares(found.columns)
        return float(np.log(max(float(errors @ errors), 1e-300)) + found.log_determinant / n)

    start = _start(columns, p, q)
    measure = loss if n <= LONG else long_loss
    return parts(minimum(measure, start, REACH))


def _start(columns: Floats, p: int, q: int) -> Floats:
    """Return where to begin: the regression on what was and on the errors of a long autoregression.

    Hannan and Rissanen (1982), Recursive estimation of mixed autoregressive-moving average order.
    """
    _, rest = _least_squares(columns)
    n = len(rest)
    zero = np.zeros(p + q)
    long = min(p + q + 3, n // 4)
    if long < p + q or n < 4 * (p + q) + long:
        return zero
    errors = rest
    if q:
        lagged = _lags(rest, long)
        weights = np.linalg.lstsq(lagged, rest[long:], rcond=None)[0]
        errors = np.concatenate([np.zeros(long), rest[long:] - lagged @ weights])
    most = max(p, q) + (long if q else 0)
    design = np.concatenate([_lags(rest, p)[most - p :], _lags(errors, q)[most - q :]], axis=1)
    weights = np.linalg.lstsq(design, rest[most:], rcond=None)[0]
    ar, ma = ar_to_partial(weights[:p]), ar_to_partial(-weights[p:])
    start = zero
    if ar is not None:
        start[:p] = np.arctanh(np.clip(ar, -0.95, 0.95))
    if ma is not None:
        start[p:] = np.arctanh(np.clip(ma, -0.95, 0.95))
    return start


def _lags(values: Floats, count: int) -> Floats:
    """Return the values 1 … count steps before, shape (n - count, count)."""
    n = len(values)
    if not count:
        return np.empty((n, 0))
    table: Floats = np.column_stack([values[count - lag : n - lag] for lag in range(1, count + 1)])
    return table
