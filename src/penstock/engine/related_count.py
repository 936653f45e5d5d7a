"""Counting in related tables within a training's time: for all rows, for as many as it is enough for, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from penstock.core.errors import UserError
from penstock.core.options import GivenOption
from penstock.engine.related_rows import TrainingQuery
from penstock.lake.database import Connection
from penstock.learn.automl.search_option import USUAL_SECONDS
from penstock.learn.related_feature import RelatedFeatures
from penstock.project.model import ModelSpec

# The share of a training's time that counting may take.
SHARE = 0.35
# So many rows say how long the others take; each further question is of a number that takes half of what is left, and
# worth it where that are so many times as many.
_FIRST_ROWS, _NEXT_SHARE, _WORTH_ASKING = 1_000, 0.5, 1.5
# How often a statement is interrupted that has not heard of it.
_PAUSE = 0.1


class CountingTooLong(Exception):
    """Not even a part of the rows was counted for in time; the transaction in which it was tried has ended."""


@dataclass(frozen=True)
class CountedRows:
    """Rows with what related tables tell of them; `left_out` are those for which there was no time."""

    table: pa.Table
    related: RelatedFeatures
    left_out: int = 0


def counting_seconds(spec: ModelSpec) -> float:
    """Return the seconds that a training may take to count."""

    def given(name: str) -> float | None:
        option = spec.options.get(name, GivenOption(None))
        return float(option.value) if isinstance(option.value, int | float) else None

    seconds, hours = given("budget_seconds"), given("budget_hours")
    return SHARE * (seconds if seconds is not None else 3600 * hours if hours is not None else USUAL_SECONDS)


def without_counting(connection: Connection, query: TrainingQuery, rows: str, seconds: float) -> CountedRows:
    """Return the rows of a query alone, and that counting for them took longer than so many seconds."""
    assert query.related is not None
    told = f"counting in {_tables(query.related)} took more than {seconds:.3g} s"
    return CountedRows(connection.table(rows), replace(query.related, uncounted=told))


def counted(connection: Connection, query: TrainingQuery, rows: str, seconds: float) -> CountedRows:
    """Return the rows of a query with their related features: for all of them, where that is likely to take no longer
    than so many seconds; else of a part of the rows, drawn at random.

    How long rows take is asked of a few of them, then of more: keys that come again are walked through once. Raises
    CountingTooLong.
    """
    assert query.related is not None
    ends = time.monotonic() + seconds
    with _interrupting(connection, seconds):
        every = int(connection.rows(f"SELECT count(*) FROM (\n{rows}\n) AS counted")[0][0])
        asked, found = min(_FIRST_ROWS, every), None
        while asked < every:
            began = time.monotonic()
            part = f"SELECT * FROM (\n{rows}\n) AS counted USING SAMPLE reservoir({asked} ROWS) REPEATABLE (1)"
            found = connection.table(query.counting(part))
            now = time.monotonic()
            in_time = int(asked * (ends - now) / max(now - began, 1e-3))
            if every <= in_time:
                break
            if _NEXT_SHARE * in_time < _WORTH_ASKING * asked:
                return CountedRows(found, _told(query.related, asked, every, seconds), every - asked)
            asked = min(int(_NEXT_SHARE * in_time), every)
        return CountedRows(connection.table(query.counting(rows)), query.related)


def _told(related: RelatedFeatures, asked: int, every: int, seconds: float) -> RelatedFeatures:
    told = (
        f"The search looks at {asked:,} of {every:,} rows: to count in {_tables(related)} for all of them would take "
        f"more than {seconds:.3g} s."
    )
    return replace(related, told=told)


def _tables(related: RelatedFeatures) -> str:
    return ", ".join(dict.fromkeys(table.table for table in related.tables))


@contextmanager
def _interrupting(connection: Connection, seconds: float) -> Iterator[None]:
    """Interrupt what runs on a connection after so many seconds; raises CountingTooLong then."""
    done, over = threading.Event(), threading.Event()

    def watch() -> None:
        if done.wait(seconds):
            return
        over.set()
        while not done.wait(_PAUSE):
            connection.interrupt()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    except UserError as problem:
        if over.is_set() and problem.diagnostics[0].code == "interrupted":
            raise CountingTooLong from None
        raise
    finally:
        done.set()
        watching.join()
