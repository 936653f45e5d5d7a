"""What a series is fitted with and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.frequency import Frequency, Step, Times

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeriesSettings:
    """The options of one CREATE MODEL, resolved: the defaults are BigQuery's.

    `frequency` None: inferred from the times. `seasonalities` None: those that the series shows; () none; else
    words of `seasonality.SEASONALITIES` ('daily', 'weekly', 'monthly', 'quarterly', 'yearly'). `order` is
    NON_SEASONAL_ORDER, taken where `auto_arima` is False. `lower` and `upper` are strict.
    """

    horizon: int = 1000
    auto_arima: bool = True
    max_order: int = 2
    min_order: int = 0
    order: tuple[int, int, int] | None = None
    include_drift: bool = False
    frequency: Frequency | None = None
    seasonalities: tuple[str, ...] | None = None
    clean_spikes_and_dips: bool = True
    adjust_step_changes: bool = True
    lower: float | None = None
    upper: float | None = None
    length_fraction: float | None = None
    min_length: int = 20
    max_length: int | None = None
    trend_smoothing_window: int | None = None
    decompose: bool = True


@dataclass(frozen=True)
class HolidayWindow:
    """A holiday: its name, its region, its primary dates (datetime64[D]), and how many days around them it moves.

    The dates reach as far as the forecast does; those outside are not used.
    """

    name: str
    region: str
    days: NDArray[np.datetime64]
    before: int = 1
    after: int = 1


@dataclass(frozen=True)
class Candidate:
    """One ARIMA model that was tried: its order, and the numbers ML.ARIMA_EVALUATE shows.

    `variance` is that of the innovations, in the square of the data's unit.
    """

    p: int
    d: int
    q: int
    has_drift: bool
    log_likelihood: float
    aic: float
    variance: float
    ar: tuple[float, ...]
    ma: tuple[float, ...]
    intercept_or_drift: float


@dataclass(frozen=True)
class History:
    """The series taken apart; every array has shape (n,) and stands on the grid `times`.

    `observed` = `adjusted` + `spikes_and_dips` + `step_changes` + `residual`, and `adjusted` = `trend` + every
    `seasonal` + `holiday` + every `attributions`. A part that does not apply is None or absent. `observed` holds
    what was interpolated in the gaps; `present` is False there.
    """

    times: Times
    observed: Floats
    present: NDArray[np.bool_]
    adjusted: Floats
    trend: Floats
    seasonal: Mapping[str, Floats]
    holiday: Floats | None
    holidays: Mapping[str, Floats]
    spikes_and_dips: Floats | None
    step_changes: Floats | None
    residual: Floats
    attributions: Floats | None = None


@dataclass(frozen=True)
class SeriesForecast:
    """The next `horizon` times: `value` = `trend` + every `seasonal` + `holiday`, every array of shape (horizon,).

    For a series with regressors `value` is without them: add `fitted.regression.attributions(…)` of the future's.
    """

    times: Times
    value: Floats
    standard_error: Floats
    trend: Floats
    seasonal: Mapping[str, Floats]
    holiday: Floats | None
    holidays: Mapping[str, Floats]


@dataclass(frozen=True)
class Regression:
    """The linear part of a series with regressors: a weight for each column of the design, and their means.

    A missing value (NaN or infinite) of a regressor counts as the column's mean.
    """

    weights: Floats
    means: Floats

    def attributions(self, regressors: Floats) -> Floats:
        """Return what each regressor adds to the value, shape (n, k)."""
        filled = np.where(np.isfinite(regressors), regressors, self.means)
        added: Floats = filled * self.weights
        return added


@dataclass(frozen=True)
class FittedSeries:
    """A series and its model; `error_message` is empty, or says why there is none (the rest is then None)."""

    error_message: str = ""
    step: Step | None = None
    history: History | None = None
    forecast: SeriesForecast | None = None
    chosen: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    seasonal_periods: tuple[str, ...] = ()
    """The periods found, in BigQuery's spelling: 'DAILY', 'WEEKLY' …; empty: NO_SEASONALITY."""
    standard_error: float = float("nan")
    """Of the history: that of one step ahead, in the data's unit."""
    regression: Regression | None = None
    has_holiday_effect: bool = False
    has_spikes_and_dips: bool = False
    has_step_changes: bool = False
    notes: tuple[str, ...] = field(default=())
    """What was done to the data that its owner may want to know: duplicates averaged, gaps filled."""


def intervals(
    value: Floats, standard_error: Floats, level: float, lower: float | None = None, upper: float | None = None
) -> tuple[Floats, Floats]:
    """Return the bounds between which a share `level` (0 ≤ level < 1) of the outcomes fall, under a normal law.

    `lower` and `upper` are the model's strict limits; the bounds stay inside.
    """
    from scipy.special import ndtri

    reach = ndtri((1 + level) / 2) * standard_error
    low, high = value - reach, value + reach
    if lower is not None:
        low = np.maximum(low, lower)
    if upper is not None:
        high = np.minimum(high, upper)
    return low, high
