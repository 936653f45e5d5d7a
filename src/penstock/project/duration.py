"""Stretches of time as a person writes them: '7 days', '36 hours', '1 day 12 hours'."""

from __future__ import annotations

from datetime import timedelta

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionValue
from penstock.core.spans import Span

UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
EXPECTED = "a duration like '7 days', '36 hours' or '15 minutes'"


def parse_duration(text: str, span: Span | None = None) -> timedelta:
    """Return the duration that `text` names; raises InvalidOption for a text that names none."""
    found = _read(text)
    if isinstance(found, str):
        raise InvalidOption.of(f"{text!r} is not {found}.", span=span)
    return found


def duration_problem(value: OptionValue) -> str | None:
    """Return what an option's value must be when it is not a duration, else None."""
    found = _read(value) if isinstance(value, str) else EXPECTED
    return found if isinstance(found, str) else None


def positive_duration_problem(value: OptionValue) -> str | None:
    """Return what an option's value must be when it is not a duration longer than nothing, else None."""
    found = _read(value) if isinstance(value, str) else EXPECTED
    if isinstance(found, str):
        return found
    return None if found > timedelta(0) else f"{EXPECTED}, longer than nothing"


def optional_duration(value: OptionValue) -> timedelta | None:
    """Return the duration of a checked option's value; None for an option that was not given."""
    return None if value is None else parse_duration(str(value))


def duration_text(duration: timedelta) -> str:
    """Return a duration in the words that `parse_duration` reads, the longest units first."""
    rest, parts = duration, []
    for name, unit in reversed(UNITS.items()):
        count = int(rest // unit)
        if unit is UNITS["second"] and rest % unit:
            parts.append(f"{rest / unit:.6f} seconds")
        elif count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
        rest -= count * unit
    return " ".join(parts) or "0 seconds"


def _read(text: str) -> timedelta | str:
    """Return the duration, or in words what the text must be."""
    words = text.split()
    if not words or len(words) % 2:
        return EXPECTED
    total = timedelta(0)
    for number, unit in zip(words[::2], words[1::2], strict=True):
        length = UNITS.get(unit.lower()) or UNITS.get(unit.lower().removesuffix("s"))
        if length is None:
            if unit.lower().removesuffix("s") in ("month", "quarter", "year"):
                return f"{EXPECTED}: a {unit.lower().removesuffix('s')} has no fixed length"
            return EXPECTED
        if not number.replace(".", "", 1).isdecimal():
            return EXPECTED
        try:
            total += float(number) * length
        except OverflowError:
            return f"{EXPECTED}, shorter than {timedelta.max.days:,} days"
    return total
