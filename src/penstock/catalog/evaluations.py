"""What monitors have found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from penstock.catalog.column import Json
from penstock.catalog.database import Catalog
from penstock.catalog.tables import EVALUATIONS
from penstock.core.names import name_key


@dataclass(frozen=True)
class Evaluation:
    """A monitor's look at a window of `rows` rows.

    `measures` are the values that its predicate saw (None where there was nothing to measure), `columns` the
    same by column. `breached` is None when there was nothing to judge, and `reason` says in a sentence why it is so.
    """

    monitor: str
    at: datetime
    window_start: datetime | None
    window_end: datetime | None
    rows: int
    measures: Mapping[str, float | None]
    columns: tuple[Mapping[str, Json], ...]
    breached: bool | None
    reason: str


def add_evaluation(catalog: Catalog, evaluation: Evaluation) -> None:
    """Append an evaluation."""
    with catalog.begin() as connection:
        connection.execute(
            EVALUATIONS.insert().values(
                monitor_key=name_key(evaluation.monitor),
                monitor=evaluation.monitor,
                at=evaluation.at,
                window_start=evaluation.window_start,
                window_end=evaluation.window_end,
                rows=evaluation.rows,
                measures=dict(evaluation.measures),
                columns=list(evaluation.columns),
                breached=evaluation.breached,
                reason=evaluation.reason,
            )
        )


def latest_evaluation(catalog: Catalog, monitor: str) -> Evaluation | None:
    """Return the monitor's newest evaluation, or None when it has not looked yet."""
    found = list_evaluations(catalog, monitor, limit=1)
    return found[0] if found else None


def list_evaluations(
    catalog: Catalog, monitor: str | None = None, since: datetime | None = None, limit: int | None = None
) -> list[Evaluation]:
    """Return the evaluations of a monitor, or of all, newest first."""
    # In the order in which they were written down: a clock may have been set back since.
    query = select(EVALUATIONS).order_by(EVALUATIONS.c.id.desc())
    if monitor is not None:
        query = query.where(EVALUATIONS.c.monitor_key == name_key(monitor))
    if since is not None:
        query = query.where(EVALUATIONS.c.at >= since)
    if limit is not None:
        query = query.limit(limit)
    with catalog.read() as connection:
        return [_evaluation(row) for row in connection.execute(query)]


def _evaluation(row: Row[Any]) -> Evaluation:
    return Evaluation(
        row.monitor,
        row.at,
        row.window_start,
        row.window_end,
        row._mapping["rows"],
        row.measures,
        tuple(row._mapping["columns"]),
        row.breached,
        row.reason,
    )
