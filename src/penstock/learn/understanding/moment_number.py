"""Dates and moments that stand in a table as whole numbers: 20240131, 202401, seconds since 1970."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.schema import Feature, FeatureType
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, quoted_name

Floats = NDArray[np.float64]
_FEWEST_VALUES = 10
# Seconds since 1970 from 1973 to 2096; other numbers are as large, so the name must say so too.
_FIRST_SECOND, _LAST_SECOND = 1e8, 4e9
_OF_TIME = re.compile(r"time|date|stamp|epoch|(^|_)ts($|_)|_at$|[a-z]At$|일시|시각|시간|날짜")


def moment_number_finding(sample: Sample, feature: Feature) -> TableFinding | None:
    """Return what a column of whole numbers means, where all of them are dates or moments; else None."""
    if feature.type is not FeatureType.NUMBER or not pa.types.is_integer(sample.columns.column(feature.name).type):
        return None
    values = sample.numbers[feature.name]
    known = np.unique(values[np.isfinite(values)])
    if len(values) < LEAST_ROWS or len(known) < _FEWEST_VALUES:
        return None
    found = _read_as(known, feature.name)
    if found is None:
        return None
    what, sql = found
    quoted = quoted_name(feature.name)
    message = f"{feature.name!r} holds {what} as numbers, such as {known[0]:.0f}."
    done = f"Kept as a number. The query makes it what it is: {sql.format(quoted)} AS {quoted}."
    return TableFinding("date in a number", (feature.name,), Weight.WARNING, message, done)


def _read_as(known: Floats, name: str) -> tuple[str, str] | None:
    if _are_days(known):
        return "dates", "try_strptime(CAST({} AS VARCHAR), '%Y%m%d')"
    if _are_days(known * 100 + 1):
        return "months", "try_strptime(CAST({} AS VARCHAR), '%Y%m')"
    if not _OF_TIME.search(name):
        return None
    if known[0] >= _FIRST_SECOND and known[-1] <= _LAST_SECOND:
        return "seconds since 1970", "epoch_ms(CAST({} AS BIGINT) * 1000)"
    if known[0] >= 1000 * _FIRST_SECOND and known[-1] <= 1000 * _LAST_SECOND:
        return "milliseconds since 1970", "epoch_ms({})"
    return None


def _are_days(known: Floats) -> bool:
    year, month, day = known // 10_000, known // 100 % 100, known % 100
    return bool(np.all((year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)))
