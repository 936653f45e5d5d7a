"""The Gaussian likelihood of an ARMA process, its one-step errors and its forecasts: exact, by a banded factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.learn.series.fitted_series import Floats


@dataclass(frozen=True)
class Whitened:
    """A series seen through an ARMA process whose innovations have variance 1.

    `columns` of shape (n, c) are the given columns made uncorrelated; the sum of their squares and
    `log_determinant` make the likelihood. `scale` (n,) is the standard deviation of each one-step error.
    """

    columns: Floats
    log_determinant: float
    scale: Floats


def partial_to_ar(partial: Floats) -> Floats:
    """Return the coefficients of the stationary AR process with these partial autocorrelations (|·| < 1).

    Durbin-Levinson, as in Jones (1980), Maximum Likelihood Fitting of ARMA Models.
    """
    ar: Floats = np.array(partial, np.float64)
    for k in range(1, len(ar)):
        ar[:k] -= ar[k] * ar[:k][::-1].copy()
    return ar


def ar_to_partial(ar: Floats) -> Floats | None:
    """Return the partial autocorrelations of an AR process; None where it is not stationary."""
    partial = np.zeros(len(ar))
    rest = np.array(ar, np.float64)
    for k in range(len(ar) - 1, -1, -1):
        value = partial[k] = rest[k]
        if not abs(value) < 1:
            return None
        rest = (rest[:k] + value * rest[:k][::-1]) / (1 - value * value)
    return partial


def autocovariances(ar: Floats, ma: Floats, lags: int) -> Floats:
    """Return the autocovariances at lags 0 … lags - 1 of an ARMA process whose innovations have variance 1.

    Brockwell and Davis (1991), Time Series: Theory and Methods, section 3.3.
    """
    p, q = len(ar), len(ma)
    theta = np.append(1.0, ma)
    psi = impulse(ar, ma, q + 1)
    size = p + 1
    system = np.eye(size)
    for k in range(size):
        for i in range(p):
            system[k, abs(k - i - 1)] -= ar[i]
    right = np.array([theta[k:] @ psi[: q + 1 - k] if k <= q else 0.0 for k in range(max(size, lags))])
    covariances = np.zeros(max(size, lags))
    covariances[:size] = np.linalg.solve(system, right[:size])
    for k in range(size, lags):
        covariances[k] = right[k] + ar @ covariances[k - p : k][::-1]
    return covariances[:lags]


def impulse(ar: Floats, ma: Floats, count: int) -> Floats:
    """Return the first `count` weights of the process as a moving average of its innovations."""
    pulse = np.zeros(count)
    theta = np.append(1.0, ma)[:count]
    pulse[: len(theta)] = theta
    return recursion(pulse, ar, np.zeros(len(ar)))


def factor(ar: Floats, ma: Floats, n: int) -> Floats | None:
    """Return the lower Cholesky factor, banded (m + 1, n), of the covariance of the series that `reduced` makes.

    m = max(p, q). None where the process is so near to a unit root that it cannot be factored. Ansley (1979), An
    algorithm for the exact likelihood of a mixed autoregressive-moving average process.
    """
    from scipy.linalg.lapack import dpbtrf

    p, q = len(ar), len(ma)
    m = max(p, q)
    theta = np.append(1.0, ma)
    band = np.zeros((m + 1, n))
    for lag in range(q + 1):
        band[lag, :] = theta[lag:] @ theta[: q + 1 - lag]
    start = min(m, n)
    if start:
        gamma = autocovariances(ar, ma, start)
        psi = impulse(ar, ma, q + 1)
        for s in range(start):
            band[: start - s, s] = gamma[: start - s]
            for t in range(start, min(s + m + 1, n)):
                band[t - s, s] = theta[t - s :] @ psi[: q + 1 - (t - s)] if t - s <= q else 0.0
    lower, info = dpbtrf(band, lower=1)
    return lower if info == 0 else None


def reduced(columns: Floats, ar: Floats) -> Floats:
    """Return the columns with the AR part taken off after the first rows: what `factor` is the factor of."""
    out = np.array(columns, np.float64, order="F")
    for lag, value in enumerate(ar, start=1):
        out[lag:] -= value * columns[:-lag]
    return out


def whitened(columns: Floats, ar: Floats, ma: Floats) -> Whitened | None:
    """Return the columns, shape (n, c), as independent errors of one step; None for a process at a unit root."""
    from scipy.linalg.lapack import dtbtrs

    n, m = len(columns), max(len(ar), len(ma))
    if not m:
        return Whitened(columns, 0.0, np.ones(n))
    lower = factor(ar, ma, n)
    if lower is None:
        return None
    left = np.array(columns, np.float64, order="F")
    after = reduced(columns, ar)
    left[m:] = after[m:]
    solved, info = dtbtrs(lower, left, uplo="L")
    if info:
        return None
    scale = lower[0]
    return Whitened(solved, 2 * float(np.log(scale).sum()), scale)


def ahead(values: Floats, ar: Floats, ma: Floats, count: int) -> Floats:
    """Return the expected next `count` values of a process of mean 0, shape (count,)."""
    n, q = len(values), len(ma)
    found = whitened(values[:, None], ar, ma)
    moving = np.zeros(count)
    if found is not None and q:
        lower = factor(ar, ma, n + q)
        if lower is not None:
            white = found.columns[:, 0]
            for k in range(min(q, count)):
                lags = np.arange(k + 1, min(max(len(ar), q), n + k) + 1)
                places = n + k - lags
                moving[k] = lower[lags, places] @ white[places]
    return recursion(moving, ar, np.concatenate([np.zeros(len(ar)), values])[len(values) :])


def recursion(moving: Floats, ar: Floats, before: Floats) -> Floats:
    """Return x of x[t] = ar[0] x[t-1] + … + moving[t], shape (n,); `before` are the last p values before it.

    A plain loop: it runs over a horizon, and scipy.signal takes a second to import.
    """
    p = len(ar)
    if not p:
        return moving
    weights = ar[::-1].tolist()
    values = before.tolist()
    for t, own in enumerate(moving.tolist()):
        values.append(own + sum(weight * past for weight, past in zip(weights, values[t : t + p], strict=True)))
    return np.array(values[p:])


def conditional(columns: Floats, ar: Floats, ma: Floats) -> Floats:
    """Return the errors of the columns, shape (n, c), given that there were none before the first row."""
    from scipy.linalg.lapack import dtbtrs

    theta = np.append(1.0, ma)
    band = np.repeat(theta[:, None], len(columns), axis=1)
    solved: Floats = dtbtrs(np.asfortranarray(band), reduced(columns, ar), uplo="L")[0]
    return solved
