"""The holidays of a region, from the package `holidays`, and those that a user gives."""

from __future__ import annotations

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import BadData, UnknownName
from penstock.core.names import near_or_all
from penstock.learn.series.fitted_series import HolidayWindow

REGIONS: Mapping[str, tuple[str, ...]] = {
    "NA": ("US", "CA"),
    "JAPAC": ("JP", "KR", "CN", "TW", "HK", "SG", "IN", "AU", "NZ", "ID", "MY", "PH", "TH", "VN"),
    "EMEA": (
        *("AE", "AT", "BE", "CH", "CZ", "DE", "DK", "EE", "EG", "ES", "FI", "FR", "GB", "GR", "HU", "IE", "IL", "IT"),
        *("KE", "LT", "LV", "MA", "NG", "NL", "NO", "PL", "PT", "RO", "RU", "SA", "SE", "SI", "SK", "TR", "UA", "ZA"),
    ),
    "LAC": ("AR", "BO", "BR", "CL", "CO", "CR", "DO", "EC", "MX", "PE", "UY", "VE"),
}
GLOBAL = "GLOBAL"
# A day is a holiday of a region of many countries when so large a share of them keeps it.
SHARE = 0.25
# BigQuery ML's limits.
MOST_ROWS, MOST_NAMES, LONGEST_WINDOW = 50_000, 500, 30
HOLIDAYS = pa.schema(
    [
        ("region", pa.string()),
        ("holiday_name", pa.string()),
        ("primary_date", pa.date32()),
        ("preholiday_days", pa.int64()),
        ("postholiday_days", pa.int64()),
    ]
)
_ASIDE = re.compile(r"\s*\((?:observed|estimated|substitute[^)]*)\)", re.IGNORECASE)


def regional_holidays(regions: Sequence[str], first: date, last: date) -> list[HolidayWindow]:
    """Return the holidays of the regions from the year of `first` to that of `last`.

    A region is GLOBAL, one of REGIONS, or a country's code (ISO 3166-1 alpha-2). Raises UnknownName for another.
    """
    found = []
    for region in dict.fromkeys(region.upper() for region in regions):
        countries = _countries(region)
        days = [_of_country(country, first.year, last.year) for country in countries]
        found += _windows(region, days)
    return found


def _countries(region: str) -> tuple[str, ...]:
    import holidays

    if region == GLOBAL:
        return tuple(sorted({country for countries in REGIONS.values() for country in countries}))
    # The code NA is North America's here, as in BigQuery; Namibia's holidays cannot be asked for.
    if region in REGIONS:
        return REGIONS[region]
    known = [code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2]
    if region not in known:
        hint = near_or_all(region, [GLOBAL, *REGIONS, *known], most=len(REGIONS) + 1)
        message = (
            f"There is no holiday region {region!r}; there are {GLOBAL}, {', '.join(REGIONS)} and countries' codes."
        )
        raise UnknownName.of(message, hint=hint, option="holiday_region")
    return (region,)


def _of_country(country: str, first: int, last: int) -> Mapping[date, str]:
    import holidays

    languages = holidays.list_localized_countries().get(country, [])
    english = next((language for language in languages if language.startswith("en")), None)
    with warnings.catch_warnings():
        # India's festivals are announced, not computed; of years far off only the fixed days are known.
        warnings.simplefilter("ignore", UserWarning)
        days: Mapping[date, str] = holidays.country_holidays(
            country, years=range(first, last + 1), observed=False, language=english
        )
    return days


def _windows(region: str, countries: Sequence[Mapping[date, str]]) -> list[HolidayWindow]:
    """Return the holidays that enough of the countries keep, under the name that most of them use."""
    least = SHARE * len(countries)
    keepers = Counter(day for days in countries for day in days)
    names: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for days in countries:
        for day, written in days.items():
            if keepers[day] >= least:
                names[day].update(holiday_word(name) for name in written.split("; "))
    if len(countries) > 1:
        chosen = {day: [min(words, key=lambda word: (-words[word], word))] for day, words in names.items()}
    else:
        chosen = {day: sorted(words) for day, words in names.items()}
    by_name: defaultdict[str, list[date]] = defaultdict(list)
    for day in sorted(chosen):
        for name in chosen[day]:
            by_name[name].append(day)
    return [HolidayWindow(name, region, np.array(by_name[name], "datetime64[D]")) for name in sorted(by_name)]


def holiday_word(name: str) -> str:
    """Return a holiday's name as a word that a column's name can end with."""
    plain = _ASIDE.sub("", name).replace("'", "").replace("’", "").strip()
    return re.sub(r"\W+", "_", plain).strip("_")


def custom_holidays(table: pa.Table) -> list[HolidayWindow]:
    """Return the holidays of a `custom_holiday` query; raises BadData that says what is wrong with its rows."""
    rows = _checked_columns(table)
    if rows.num_rows > MOST_ROWS:
        raise BadData.of(f"custom_holiday has {rows.num_rows:,} rows; there may be {MOST_ROWS:,}.")
    names = pc.unique(rows.column("holiday_name")).to_pylist()
    if len(names) > MOST_NAMES:
        raise BadData.of(f"custom_holiday has {len(names):,} different names; there may be {MOST_NAMES:,}.")
    for name in names:
        if not name.isidentifier():
            raise BadData.of(
                f"The holiday name {name!r} is no word: it becomes part of a column's name.",
                hint=f"Call it {holiday_word(name) or 'a word of letters, digits and _'}.",
            )
    before, after = (rows.column(name).to_numpy() for name in ("preholiday_days", "postholiday_days"))
    if rows.num_rows and (before.min() < 1 or after.min() < 1 or (before + after + 1).max() > LONGEST_WINDOW):
        raise BadData.of(
            "preholiday_days and postholiday_days are at least 1, and the whole window is at most "
            f"{LONGEST_WINDOW} days."
        )
    return _grouped(rows)


def _checked_columns(table: pa.Table) -> pa.Table:
    spelled = {name.casefold(): name for name in table.column_names}
    columns = []
    for field in HOLIDAYS:
        name = spelled.get(field.name)
        if name is None and field.name.endswith("_days"):
            columns.append(pa.chunked_array([np.ones(table.num_rows, np.int64)]))
            continue
        if name is None:
            raise UnknownName.among("column of custom_holiday,", field.name, table.column_names)
        column = table.column(name)
        try:
            column = column.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise BadData.of(
                f"The column {field.name} of custom_holiday has the type {column.type}, not {field.type}."
            ) from problem
        if field.name.endswith("_days"):
            column = pc.fill_null(column, 1)
        elif column.null_count:
            raise BadData.of(f"The column {field.name} of custom_holiday is NULL in {column.null_count:,} rows.")
        columns.append(column)
    return pa.table(columns, names=HOLIDAYS.names)


def _grouped(rows: pa.Table) -> list[HolidayWindow]:
    grouped: dict[tuple[str, str], HolidayWindow] = {}
    listed: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    for row in rows.to_pylist():
        key = (row["region"], row["holiday_name"])
        window = HolidayWindow(
            key[1], key[0], np.empty(0, "datetime64[D]"), row["preholiday_days"], row["postholiday_days"]
        )
        other = grouped.setdefault(key, window)
        if (other.before, other.after) != (window.before, window.after):
            raise BadData.of(
                f"The holiday {key[1]!r} has windows of different lengths.",
                hint="preholiday_days and postholiday_days are the same on every date of a holiday.",
            )
        listed[key].add(row["primary_date"])
    return [
        replace(window, days=np.array(sorted(listed[key]), "datetime64[D]")) for key, window in sorted(grouped.items())
    ]


def together(built_in: Iterable[HolidayWindow], custom: Sequence[HolidayWindow]) -> list[HolidayWindow]:
    """Return the built-in holidays without those that a custom one of the same region and name replaces, and these."""
    replaced = {(window.region, window.name) for window in custom}
    return [*(window for window in built_in if (window.region, window.name) not in replaced), *custom]


def holiday_table(windows: Iterable[HolidayWindow]) -> pa.Table:
    """Return the rows of ML.HOLIDAY_INFO."""
    rows = [
        {
            "region": window.region,
            "holiday_name": window.name,
            "primary_date": day,
            "preholiday_days": window.before,
            "postholiday_days": window.after,
        }
        for window in windows
        for day in window.days.tolist()
    ]
    return pa.Table.from_pylist(rows, schema=HOLIDAYS)
