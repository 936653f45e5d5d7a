"""Releases in motion: each is judged, again and again, and moved on, taken back or promoted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from penstock.catalog.database import Catalog
from penstock.catalog.objects import get_object, list_objects, update_state
from penstock.catalog.versions import CANDIDATE, CHAMPION, aliases, set_status
from penstock.core.errors import Busy
from penstock.core.names import Kind, ResourceName
from penstock.engine.release import Release, release_under_way
from penstock.engine.release_fact import counted, losses
from penstock.engine.release_judge import Facts, Ruling, alarm, rule
from penstock.engine.release_move import BACK, ENDED, end, go_on, releases_of, take_back
from penstock.engine.session import Session
from penstock.project.release import RELEASING

# Reading outcomes looks at the whole log since the release began.
LOOK_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Moved:
    """A release that went on or ended: `kind` is the history's word for it."""

    endpoint: str
    kind: str
    message: str


def advance_releases(session: Session) -> list[Moved]:
    """Judge every release under way and do what follows; return what has moved.

    Many processes may do so at once: the first one moves, the others find that it has. It waits for nobody: outcomes
    are left for later while others have their turn at the lake.
    """
    moved = []
    for state in list_objects(session.catalog, Kind.ENDPOINT):
        release = release_under_way(state)
        found = _advance(session, release) if release is not None else None
        if found is not None:
            moved.append(found)
    return moved


def _advance(session: Session, release: Release) -> Moved | None:
    now = session.clock.now()
    named = aliases(session.catalog, release.model)
    overtaken = _overtaken(release, named)
    if overtaken is not None:
        return _move(session, release, now, lambda catalog: _end(catalog, release, now, overtaken))
    facts = counted(session.catalog, release)
    urgent = alarm(release, facts)
    if urgent is not None:
        ruling = rule(release, facts, now)
        return _move(session, release, now, lambda catalog: _back(catalog, release, ruling, now))
    if release.finished and any(not other.finished for other in releases_of(session.catalog, release)):
        return None
    if rule(release, facts, now).word == "wait" and not _is_time_to_look(release, now):
        return None
    return _advance_by_outcomes(session, release, facts, now)


def _advance_by_outcomes(session: Session, release: Release, facts: Facts, now: datetime) -> Moved | None:
    # Whoever has the lake now, in this process or another, may keep it for minutes.
    if not session.lake.turn.acquire(blocking=False):
        return None
    try:
        champion, candidate = losses(session, release)
    except Busy:
        return None
    finally:
        session.lake.turn.release()
    ruling = rule(release, replace(facts, champion_losses=champion, candidate_losses=candidate), now)
    match ruling.word:
        case "back":
            return _move(session, release, now, lambda catalog: _back(catalog, release, ruling, now))
        case "on":
            return _move(session, release, now, lambda catalog: _on(catalog, release, ruling, now))
        case _:
            return _move(session, release, now, lambda catalog: _looked(catalog, release, now))


def _overtaken(release: Release, named: Mapping[str, int]) -> str | None:
    """Return why a release is over without the judge: somebody has moved the aliases that it stands on."""
    champion = named.get(CHAMPION)
    if champion == release.version:
        return f"version {champion} was made the champion by hand"
    if champion != release.champion:
        return f"the champion is version {champion} now, with which version {release.version} was not compared"
    if named.get(CANDIDATE) != release.version:
        return f"version {release.version} is no candidate any more"
    return None


def _move(
    session: Session, release: Release, now: datetime, change: Callable[[Catalog], tuple[str, str] | None]
) -> Moved | None:
    """Do the change in one transaction, unless somebody else has moved the release meanwhile."""
    name = ResourceName(Kind.ENDPOINT, release.endpoint)
    with session.catalog.together() as catalog:
        if get_object(catalog, name) is None:
            return None
        # Written before it is read: others wait for the end of this transaction.
        found = release_under_way(update_state(catalog, name, dict, now))
        if found is None or (found.tag, found.finished) != (release.tag, release.finished):
            return None
        told = change(catalog)
    return None if told is None else Moved(release.endpoint, *told)


def _end(catalog: Catalog, release: Release, now: datetime, reason: str) -> tuple[str, str]:
    end(catalog, release, now, ENDED, reason, {})
    return ENDED, reason


def _back(catalog: Catalog, release: Release, ruling: Ruling, now: datetime) -> tuple[str, str]:
    reason = f"release at endpoint {release.endpoint}: {ruling.reason}"
    set_status(catalog, release.model, release.version, "rejected", reason)
    return BACK, take_back(catalog, release, now, ruling.reason, ruling.figures)


def _on(catalog: Catalog, release: Release, ruling: Ruling, now: datetime) -> tuple[str, str] | None:
    return go_on(catalog, release, now, ruling.reason, ruling.figures)


def _looked(catalog: Catalog, release: Release, now: datetime) -> None:
    known = replace(release, looked_at=now).to_json()
    update_state(catalog, ResourceName(Kind.ENDPOINT, release.endpoint), lambda old: {**old, RELEASING: known}, now)


def _is_time_to_look(release: Release, now: datetime) -> bool:
    return release.outcome is not None and (release.looked_at is None or now - release.looked_at >= LOOK_EVERY)
