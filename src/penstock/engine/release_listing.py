"""SHOW RELEASES, and what DESCRIBE and the overviews say of the release under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from penstock.catalog.history import HistoryEntry, list_history
from penstock.catalog.objects import ObjectState, list_objects
from penstock.core.names import Kind, name_key
from penstock.engine.release import Release, release_under_way
from penstock.engine.release_fact import counted
from penstock.engine.release_judge import rule
from penstock.engine.release_move import BACK, ENDED, PROMOTED
from penstock.engine.result import Result, of_records
from penstock.engine.session import Session
from penstock.engine.wording import minute

TEXT, COUNT, MOMENT = pa.string(), pa.int64(), pa.timestamp("us", "UTC")
_ENDINGS = (PROMOTED, BACK, ENDED)
_COLUMNS = [
    *(("endpoint", TEXT), ("model", TEXT), ("version", COUNT), ("champion", COUNT), ("release", TEXT)),
    *(("status", TEXT), ("stage", TEXT), ("began_at", MOMENT), ("ended_at", MOMENT), ("reason", TEXT)),
]


def releases(session: Session, endpoint: str | None) -> Result:
    """Return every release, newest first, or those of an endpoint: how each stands or has ended, and why."""
    found: dict[str, list[HistoryEntry]] = {}
    for entry in list_history(session.catalog):
        identity = entry.data.get("release_id")
        name = entry.subject.removeprefix(f"{Kind.ENDPOINT} ")
        if identity is not None and (endpoint is None or name_key(name) == name_key(endpoint)):
            found.setdefault(str(identity), []).append(entry)
    waiting = {release.id: waits_for(session, release) for release in _under_way(session)}
    return of_records(_COLUMNS, [_row(entries, waiting) for entries in reversed(found.values())])


def facts(session: Session, state: ObjectState) -> Iterator[tuple[str, str, str]]:
    """Yield what DESCRIBE ENDPOINT tells of the release under way."""
    release = release_under_way(state)
    if release is None:
        return
    yield "release", "version", f"version {release.version} beside version {release.champion}"
    yield "release", "plan", release.plan_words
    yield "release", "stage", f"{release.stage.words}, {release.place + 1} of {len(release.stages)}"
    yield "release", "since", minute(release.since)
    yield "release", "verdict", waits_for(session, release)


def words(state: ObjectState) -> str | None:
    """Return the release under way in a few words: `releases version 3: 25 %, stage 3 of 4`; None without one."""
    release = release_under_way(state)
    if release is None:
        return None
    return (
        f"releases version {release.version}: {release.stage.words}, stage {release.place + 1} of {len(release.stages)}"
    )


def waits_for(session: Session, release: Release) -> str:
    """Return what a release under way waits for, as the judge sees it now."""
    if release.finished:
        return "waits for the other endpoints of its model"
    return rule(release, counted(session.catalog, release), session.clock.now()).reason


def _under_way(session: Session) -> list[Release]:
    found = (release_under_way(state) for state in list_objects(session.catalog, Kind.ENDPOINT))
    return [release for release in found if release is not None]


def _row(entries: list[HistoryEntry], waiting: Mapping[str, str]) -> tuple[Any, ...]:
    first, last = entries[0], entries[-1]
    data = last.data
    over = last.kind in _ENDINGS
    # A release whose endpoint was dropped has no end in the history.
    status = last.kind if over else "under way" if data["release_id"] in waiting else "gone with its endpoint"
    return (
        last.subject.removeprefix(f"{Kind.ENDPOINT} "),
        data["model"],
        data["version"],
        data["champion"],
        data["kind"],
        status,
        data["stage"],
        first.at,
        last.at if over else None,
        last.message if over else waiting.get(data["release_id"], last.message),
    )
