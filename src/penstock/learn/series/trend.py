"""The trend of a series: what the seasons leave, as an ARIMA process."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from penstock.learn.series.arima import chosen, differences, fit_order, orders, project
from penstock.learn.series.arma import impulse, whitened
from penstock.learn.series.fitted_series import Candidate, Floats, SeriesSettings

DRIFT_DOUBT = 4.0
"""A drift of t standard errors counts t² / (t² + 4): one of two errors by half, one of six nearly whole."""


@dataclass(frozen=True)
class Trend:
    """The models tried, the one chosen, its one-step forecasts of every point (n,), and what it was fitted to.

    `rough_variance` is what smoothing took off: it comes back on top of the model's own uncertainty. `drift_error` is
    the standard error of the drift of a series of differences, whether the model has one or takes it for none.
    """

    candidates: tuple[Candidate, ...]
    model: Candidate
    one_step: Floats
    base: Floats
    rough_variance: float
    drift_error: float = 0.0

    def ahead(self, count: int) -> tuple[Floats, Floats]:
        """Return the expected next values and their standard errors, each of shape (count,)."""
        values, errors = project(self.base, self.model, count)
        drifted = self.drift_error * np.arange(1, count + 1)
        return values, np.sqrt(errors**2 + drifted**2 + self.rough_variance)


def fitted_trend(values: Floats, settings: SeriesSettings) -> Trend | str:
    """Return the model of a series without seasons, or words for why there is none.

    The length options restrict what the model is fitted to; every point gets its one-step forecast all the same.
    """
    base, rough_variance = _smoothed(values, settings.trend_smoothing_window)
    recent = base[-_length(len(base), settings) :]
    if settings.auto_arima:
        fitted = _automatic(recent, settings)
    else:
        order = settings.order or (0, 1, 0)
        one = fit_order(recent, order, settings.include_drift)
        fitted = [] if one is None else [one]
    if not fitted:
        return f"the series has {len(recent)} points, too few for the ARIMA orders asked for"
    best = chosen(fitted)
    doubt = _lasting_drift_error(best, len(recent))
    return Trend(tuple(fitted), best, _one_step(base, best), base, rough_variance, doubt)


def _automatic(values: Floats, settings: SeriesSettings) -> list[Candidate]:
    """Return every order of AUTO_ARIMA that the series is long enough for; the simplest where none is."""
    tried = orders(differences(values), settings.min_order, settings.max_order)
    found = [fit_order(values, order[:3], order[3]) for order in tried]
    fitted = [one for one in found if one is not None]
    if not fitted:
        simplest = fit_order(values, (0, 0, 0), False)
        fitted = [] if simplest is None else [simplest]
    return [_cautious(one, len(values)) for one in fitted]


def _cautious(model: Candidate, n: int) -> Candidate:
    """Return the model with its drift drawn towards none, as far as the series leaves it in doubt.

    A drift is carried on for as long as the forecast goes; most that are seen in short series do not last.
    """
    if not model.has_drift:
        return model
    error = _drift_error(model, n)
    drift = model.intercept_or_drift
    share = drift**2 / (drift**2 + DRIFT_DOUBT * error**2) if drift else 0.0
    return replace(model, intercept_or_drift=float(drift * share))


def _drift_error(model: Candidate, n: int) -> float:
    """Return the standard error of the mean of n - 1 differences under the ARMA part, by its long-run variance."""
    long_run = (1 + sum(model.ma)) / max(1 - sum(model.ar), 1e-9)
    return float(np.sqrt(model.variance / max(n - 1, 1)) * abs(long_run))


def _lasting_drift_error(model: Candidate, n: int) -> float:
    """Return what the drift may be off at each step ahead; 0 for a series of which no or two differences are taken.

    Near a unit root the long-run variance has no bound, but a mean moves no more than one of its terms.
    """
    if model.d != 1:
        return 0.0
    weights = impulse(np.array(model.ar), np.array(model.ma), n)
    return min(_drift_error(model, n), float(np.sqrt(model.variance * (weights @ weights))))


def _one_step(values: Floats, model: Candidate) -> Floats:
    """Return what the model says of each point from those before it; the first d points say themselves."""
    target = np.diff(values, model.d) - model.intercept_or_drift
    found = whitened(target[:, None], np.array(model.ar), np.array(model.ma))
    errors = target if found is None else found.columns[:, 0] * found.scale
    one_step: Floats = values - np.concatenate([np.zeros(model.d), errors])
    return one_step


def _smoothed(values: Floats, window: int | None) -> tuple[Floats, float]:
    """Return the centred moving average and the variance that it takes off; at the ends the window shrinks."""
    if window is None or window <= 1:
        return values, 0.0
    before, after = min(window // 2, len(values) - 1), min((window - 1) // 2, len(values) - 1)
    index = np.arange(len(values))
    low, high = np.maximum(index - before, 0), np.minimum(index + after + 1, len(values))
    total = np.concatenate([[0.0], np.cumsum(values)])
    smooth: Floats = (total[high] - total[low]) / (high - low)
    return smooth, float(np.mean((values - smooth) ** 2))


def _length(n: int, settings: SeriesSettings) -> int:
    if settings.length_fraction is not None:
        return min(n, max(settings.min_length, int(np.ceil(settings.length_fraction * n))))
    return n if settings.max_length is None else min(n, settings.max_length)
