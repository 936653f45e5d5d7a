"""Column types that mean the same in SQLite and in Postgres: moments in UTC, and JSON as text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Json = Any


class Moment(TypeDecorator[datetime]):
    """A moment with its zone. SQLite keeps no zone, so UTC is written and put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"The moment {value} has no time zone.")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Json]):
    """JSON as text. NaN and infinities, which JSON lacks, become null; NUL characters stay escaped."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> str:
        del dialect
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Json:
        del dialect
        return None if value is None else json.loads(value)


def _plain(value: Json) -> Json:
    """Return the value out of dicts, lists and scalars that JSON has."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
