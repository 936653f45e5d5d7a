"""Parts of a date or time, out of seconds since 1970 by arithmetic alone.

The same few lines run on NumPy arrays, on Python floats and on tensors of an ONNX graph, so that the three
never differ. The calendar is the proleptic Gregorian one (Howard Hinnant, "chrono-compatible low-level date
algorithms", 2013).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from penstock.learn.schema import FeatureType

# In the order in which they follow the value itself. Weeks begin on Sunday: day_of_week is 1 to 7, week is 0
# to 53.
DATE_PARTS = ("year", "month", "day", "day_of_week", "week")
TIME_PARTS = ("hour", "minute")
PARTS_OF: Mapping[FeatureType, tuple[str, ...]] = {
    FeatureType.DATE: DATE_PARTS,
    FeatureType.TIMESTAMP: DATE_PARTS + TIME_PARTS,
    FeatureType.TIME: TIME_PARTS,
}
_DAY = 86400.0


def calendar_parts(seconds: Any, floor: Callable[[Any], Any]) -> dict[str, Any]:
    """Return every part of the moments `seconds` (UTC); NaN gives NaN. Exact for whole seconds of the years
    ±1,000,000.
    """
    days = floor(seconds / _DAY)
    minutes = floor((seconds - days * _DAY) / 60.0)
    hour = floor(minutes / 60.0)
    shifted = days + 719468.0
    era = floor(shifted / 146097.0)
    day_of_era = shifted - era * 146097.0
    year_of_era = floor(
        (day_of_era - floor(day_of_era / 1460.0) + floor(day_of_era / 36524.0) - floor(day_of_era / 146096.0)) / 365.0
    )
    day_of_year = day_of_era - (year_of_era * 365.0 + floor(year_of_era / 4.0) - floor(year_of_era / 100.0))
    shifted_month = floor((day_of_year * 5.0 + 2.0) / 153.0)
    day = day_of_year - floor((shifted_month * 153.0 + 2.0) / 5.0) + 1.0
    # The algorithm's year begins in March: its months 10 and 11 are January and February of the next one.
    wraps = floor(shifted_month / 10.0)
    month = shifted_month + 3.0 - wraps * 12.0
    year = year_of_era + era * 400.0 + wraps
    leap = _leap(year, floor)
    since_january = day_of_year - wraps * 306.0 + (leap + 59.0) * (wraps * -1.0 + 1.0)
    weekday = days + 4.0 - floor((days + 4.0) / 7.0) * 7.0
    return {
        "year": year,
        "month": month,
        "day": day,
        "day_of_week": weekday + 1.0,
        "day_of_year": since_january + 1.0,
        "week": floor((since_january + 7.0 - weekday) / 7.0),
        "hour": hour,
        "minute": minutes - hour * 60.0,
    }


def _leap(year: Any, floor: Callable[[Any], Any]) -> Any:
    """Return 1 for a leap year and 0 for another: the leap days up to this year less those up to the year
    before.
    """
    return _leap_days(year, floor) - _leap_days(year - 1.0, floor)


def _leap_days(year: Any, floor: Callable[[Any], Any]) -> Any:
    return floor(year / 4.0) - floor(year / 100.0) + floor(year / 400.0)
