"""Tables whose rows belong to the rows of a model's training: what OPTIONS (relations = …) says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.core.names import nearest_name
from penstock.core.options import OptionValue

RELATIONS, TIME_COL = "relations", "time_col"
# In days; beside these everything that there was before.
WINDOWS = (7, 30, 90)
_TEXTS = ("table", "key", "event_time", "row_key", "arrival_time")
_NEEDED = ("table", "key", "event_time")
_FIELDS = (*_TEXTS, "windows")
_FORM = "a list of STRUCT('orders' AS table, 'customer_id' AS key, 'ordered_at' AS event_time)"


@dataclass(frozen=True)
class RelatedTable:
    """A table whose rows tell, by when they came, something of the rows of training with the same key.

    `key` is its column with the key, `row_key` the one of the training rows. What it holds happened at `event_time` and
    was known from `arrival_time` on, where it has one. `windows` are in days. `dates` are those of its times that are
    DATEs, once it was looked at.
    """

    table: str
    key: str
    event_time: str
    row_key: str
    arrival_time: str | None = None
    windows: tuple[int, ...] = WINDOWS
    dates: tuple[str, ...] = ()


def related_tables(value: OptionValue) -> tuple[RelatedTable, ...]:
    """Return what the option says; nothing where it says nothing that can be read (`relations_problem` tells)."""
    if not isinstance(value, list) or relations_problem(value):
        return ()
    return tuple(_related_table(item) for item in value)


def relations_problem(value: OptionValue) -> str | None:
    """Return what the option must be, None where it is that."""
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        return _FORM
    return next((problem for item in value if (problem := _problem(item))), None)


def _related_table(item: Mapping[str, OptionValue]) -> RelatedTable:
    texts = {field: str(item[field]) for field in _TEXTS if item.get(field) is not None}
    windows = item.get("windows")
    days = tuple(sorted({int(day) for day in windows})) if isinstance(windows, list) else WINDOWS
    # A BigQuery name may begin with a project, which there is none of here.
    table = ".".join(texts["table"].replace("`", "").split(".")[-2:])
    key = texts["key"]
    return RelatedTable(table, key, texts["event_time"], texts.get("row_key", key), texts.get("arrival_time"), days)


def _problem(item: OptionValue) -> str | None:
    if not isinstance(item, dict):
        return _FORM
    strange = next((field for field in item if field not in _FIELDS), None)
    if strange is not None:
        near = nearest_name(strange, _FIELDS)
        meant = f" (did you mean {near!r}?)" if near else ""
        return f"{_FORM}; its fields are {', '.join(_FIELDS)}, and {strange!r} is none of them{meant}"
    missing = [field for field in _NEEDED if item.get(field) is None]
    if missing:
        return f"{_FORM}; a STRUCT lacks {' and '.join(missing)}"
    if wrong := [field for field in _TEXTS if item.get(field) is not None and not _is_name(item[field])]:
        return f"{_FORM}; {wrong[0]} is a name, in quotation marks"
    windows = item.get("windows")
    if windows is not None and not _are_days(windows):
        return f"{_FORM}; windows is a list of whole days, [7, 30, 90]"
    return None


def _is_name(value: OptionValue) -> bool:
    return isinstance(value, str) and bool(value.strip("`. ")) and "\0" not in value


def _are_days(value: OptionValue) -> bool:
    whole = isinstance(value, list) and all(isinstance(day, int) and not isinstance(day, bool) for day in value)
    # A century is longer than any window, and far from what microseconds can count.
    return whole and all(0 < day <= 36_525 for day in value)  # type: ignore[attr-defined]
