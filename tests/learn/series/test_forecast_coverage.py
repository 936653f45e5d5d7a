"""How many of the outcomes lie in the intervals of a forecast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from penstock.learn.series.fit import fit_series
from penstock.learn.series.fitted_series import SeriesSettings, intervals
from penstock.learn.series.frequency import Frequency, Step

HORIZON = 24
# Monthly airline passengers in thousands, 1949 to 1960: Box and Jenkins (1976), series G.
PASSENGERS = """
    112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140
    145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194
    196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
    242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306
    315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337
    360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432
"""


def covered(values: np.ndarray, level: float = 0.95) -> np.ndarray:
    """Return which of the last months lie in the interval that the months before give, shape (HORIZON,)."""
    times = Step(months=1).times(int(np.datetime64("1949-01-01", "us").astype(np.int64)), len(values) - HORIZON)
    settings = SeriesSettings(horizon=HORIZON, frequency=Frequency.MONTHLY)
    forecast = fit_series(times, values[:-HORIZON], settings).forecast
    assert forecast is not None
    low, high = intervals(forecast.value, forecast.standard_error, level)
    return (low <= values[-HORIZON:]) & (values[-HORIZON:] <= high)


@pytest.mark.parametrize(("months", "least"), [(120, 18), (132, 18), (144, 22)])
def test_most_months_of_a_growing_series_lie_in_its_intervals(months: int, least: int) -> None:
    values = np.array(PASSENGERS.split(), np.float64)[:months]
    assert covered(values).sum() >= least


def growing(seed: int) -> np.ndarray:
    """Return twelve years of a walk in per cent with a season of factors."""
    random = np.random.default_rng(seed)
    level = np.cumsum(random.normal(0.006, 0.03, 144))
    season = np.resize(random.normal(0, 0.1, 12), 144)
    return 100 * np.exp(level + season)


def drifting(seed: int) -> np.ndarray:
    """Return six years of a walk whose drift is as large as its noise leaves in doubt."""
    random = np.random.default_rng(seed)
    return 1000 + np.cumsum(random.normal(random.normal(0, 0.3), 1, 48 + HORIZON))


@pytest.mark.parametrize(("make", "least"), [(growing, 0.82), (drifting, 0.87)])
def test_intervals_of_series_that_go_on_as_they_were_hold_most_outcomes(
    make: Callable[[int], np.ndarray], least: float
) -> None:
    shares = [covered(make(seed)).mean() for seed in range(40)]
    assert np.mean(shares) >= least
