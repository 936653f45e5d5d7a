"""The moves of releases: begun by a version that the goals accept, moved on, taken back, ended.

Each is a part of one transaction of the catalog: traffic, aliases, history and the release itself change together, so
that a kill leaves the stage before or the stage after. Workers follow within their next refresh.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from penstock.catalog.database import Catalog
from penstock.catalog.endpoint_health import forget_health
from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import ObjectState, get_object, list_objects, update_state
from penstock.catalog.versions import CANDIDATE, CHAMPION, aliases, promote, set_alias
from penstock.core.names import Kind, ResourceName, name_key
from penstock.engine.release import Release, new_release, release_under_way
from penstock.learn.schema import Task
from penstock.project.release import DIRECT, release_policy

# The history's words for what happens to a release.
BEGAN, STAGE, PROMOTED, BACK, ENDED = "release began", "release stage", "promoted", "rolled back", "release ended"
Numbers = Mapping[str, float]


def let_serve(catalog: Catalog, model: str, number: int, at: datetime, reason: str, task: Task) -> bool:
    """Let an accepted version serve: at once, or after a release at each endpoint of the model that asks for one.

    Returns whether it is the champion now. The one place that decides this. A release of an earlier version gives way.
    The first version of all has nobody to prove itself against.
    """
    champion = aliases(catalog, model).get(CHAMPION)
    asking = [state for state in _endpoints_of(catalog, model) if release_policy(state.state).kind != DIRECT]
    if champion is None or not asking:
        make_champion(catalog, model, number, at, reason)
        return True
    set_alias(catalog, model, CANDIDATE, number, at, reason)
    for state in asking:
        begin(catalog, state, number, champion, task, at)
    return False


def keep_waiting(catalog: Catalog, model: str, number: int, at: datetime, reason: str) -> None:
    """Let a version that no goal accepted wait at the gate, unless the version of a release stands there."""
    if not any(release_under_way(state) for state in _endpoints_of(catalog, model)):
        set_alias(catalog, model, CANDIDATE, number, at, reason)


def make_champion(
    catalog: Catalog,
    model: str,
    number: int,
    at: datetime,
    reason: str,
    kind: str = ENDED,
    figures: Numbers | None = None,
) -> None:
    """Make a version the champion; releases at the model's endpoints are over, whoever asked for it."""
    for state in _endpoints_of(catalog, model):
        release = release_under_way(state)
        if release is not None:
            end(catalog, release, at, kind, f"version {number} serves: {reason}", figures or {})
    promote(catalog, model, number, at, reason)


def begin(catalog: Catalog, state: ObjectState, number: int, champion: int, task: Task, at: datetime) -> Release:
    """Begin the release of a version at an endpoint, as its options say; one that is under way gives way."""
    going_on = release_under_way(state)
    if going_on is not None:
        _tell(catalog, going_on, at, ENDED, f"version {going_on.version} gives way to version {number}", {})
    policy = release_policy(state.state)
    identity = uuid.uuid4().hex[:12]
    release = new_release(state, policy, identity=identity, version=number, champion=champion, task=task, at=at)
    _enter(catalog, release, at)
    message = f"release of version {number} beside version {champion}: {release.plan_words}"
    _tell(catalog, release, at, BEGAN, message, {})
    return release


def go_on(catalog: Catalog, release: Release, at: datetime, reason: str, figures: Numbers) -> tuple[str, str] | None:
    """Bring a release that has stood its stage to the next; after the last one the version becomes the champion.

    Of several endpoints of a model that release the version, all must have stood theirs. Returns the history's word and
    message; None when all that is left is to wait for the others.
    """
    if release.place + 1 < len(release.stages):
        after = release.moved_to(release.place + 1, at)
        _enter(catalog, after, at)
        message = f"version {release.version} goes on to {after.stage.words} after {release.stage.words}: {reason}"
        _tell(catalog, after, at, STAGE, message, figures)
        return STAGE, message
    if any(not other.finished for other in releases_of(catalog, release) if other.endpoint != release.endpoint):
        if not release.finished:
            _enter(catalog, replace(release, finished=True), at)
        return None
    make_champion(catalog, release.model, release.version, at, reason, PROMOTED, figures)
    return PROMOTED, f"version {release.version} serves: {reason}"


def take_back(catalog: Catalog, release: Release, at: datetime, reason: str, figures: Numbers) -> str:
    """End a release badly, at every endpoint of its model: the champion answers alone. Returns what the history says.

    The version keeps the alias `candidate`, so that a person can look at it, approve it or release it again.
    """
    message = f"version {release.version} taken back at {release.stage.words}: {reason}"
    for other in releases_of(catalog, release):
        told = message if other.endpoint == release.endpoint else f"{message} (endpoint {release.endpoint})"
        end(catalog, other, at, BACK, told, figures)
    return message


def end(catalog: Catalog, release: Release, at: datetime, kind: str, message: str, figures: Numbers) -> None:
    """Put back what the endpoint's traffic was before its release, and say why."""
    update_state(catalog, _name(release), lambda old: {**old, **release.end()}, at)
    forget_health(catalog, release.endpoint)
    _tell(catalog, release, at, kind, message, figures)


def releases_of(catalog: Catalog, release: Release) -> list[Release]:
    """Return the releases of the same version at all endpoints of its model, this one included."""
    found = (release_under_way(state) for state in _endpoints_of(catalog, release.model))
    return [other for other in found if other is not None and other.version == release.version]


def _enter(catalog: Catalog, release: Release, at: datetime) -> None:
    update_state(catalog, _name(release), lambda old: {**old, **release.change()}, at)


def _tell(catalog: Catalog, release: Release, at: datetime, kind: str, message: str, figures: Numbers) -> None:
    state = get_object(catalog, _name(release))
    data = {
        # Who was to answer from now on: experiments read it here.
        "traffic": state.state.get("traffic") if state is not None else None,
        "release_id": release.id,
        "model": release.model,
        "version": release.version,
        "champion": release.champion,
        "kind": release.kind,
        "stage": release.stage.words,
        "figures": dict(figures),
    }
    add_history(catalog, HistoryEntry(at, kind, str(_name(release)), message, data))


def _name(release: Release) -> ResourceName:
    return ResourceName(Kind.ENDPOINT, release.endpoint)


def _endpoints_of(catalog: Catalog, model: str) -> list[ObjectState]:
    wanted = name_key(model)
    states = list_objects(catalog, Kind.ENDPOINT)
    return [state for state in states if name_key(str(state.state["model"])) == wanted]
