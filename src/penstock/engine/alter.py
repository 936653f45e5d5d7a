"""ALTER ENDPOINT and ALTER MODEL: traffic, shadow, options, aliases; each in one transaction."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from typing import Any

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import ObjectState, get_object, list_objects, update_state
from penstock.catalog.versions import CANDIDATE, CHAMPION, aliases, get_version, set_alias
from penstock.core.errors import UnknownName, UserError
from penstock.core.events import Noticed
from penstock.core.names import Kind, ResourceName
from penstock.core.options import GivenOption, read_options
from penstock.core.spans import Span
from penstock.engine import wording
from penstock.engine.endpoint_column import look_at_sticky
from penstock.engine.endpoint_log import HASHED, OMITTED, Given, check_log_columns
from penstock.engine.loaded_model import load_version
from penstock.engine.model_option import ALTERABLE, altered, recorded_only
from penstock.engine.release import release_under_way
from penstock.engine.release_move import make_champion
from penstock.engine.result import Result, done
from penstock.engine.session import Session
from penstock.project.endpoint import OPTIONS as ENDPOINT_OPTIONS
from penstock.sql.statement import AlterEndpoint, AlterModel


def alter_endpoint(session: Session, statement: AlterEndpoint) -> Result:
    """Change an endpoint's traffic, shadow and options at once; raises UserError for a version that its model does not
    have.
    """
    name = ResourceName(Kind.ENDPOINT, statement.name)
    state = get_object(session.catalog, name)
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", statement.name, known, span=statement.span)
    if statement.traffic is not None or statement.shadow is not None:
        _refuse_during_release(state, statement.span)
    model = str(state.state["model"])
    change: dict[str, Any] = {}
    if statement.traffic is not None:
        total = sum(statement.traffic.values())
        if abs(total - 100) > 1e-9 or min(statement.traffic.values()) < 0:
            raise UserError.of(f"The shares of traffic must add up to 100, not {total:g}.", span=statement.span)
        change["traffic"] = dict(statement.traffic)
    if statement.shadow is not None:
        change |= {"shadow": statement.shadow or None, "shadow_share": statement.shadow_share}
    if statement.options is not None:
        change |= _set_options(statement.name, statement.options, statement.span)
        _check_columns(session, statement, state.state, change)
    _check_versions(session, model, change, state.state, statement.span)
    now = session.clock.now()
    told = _told(change, state.state, aliases(session.catalog, model), statement.because)
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **change}, now)
        add_history(catalog, HistoryEntry(now, "altered", str(state.name), told, change))
    return done(f"{name} altered")


def _refuse_during_release(state: ObjectState, span: Span) -> None:
    release = release_under_way(state)
    if release is not None:
        endpoint = state.name.name
        raise UserError.of(
            f"The release of version {release.version} moves the traffic of endpoint {endpoint} now.",
            span=span,
            hint=f"Take it back with: ROLLBACK ENDPOINT {endpoint}",
        )


def _told(change: Mapping[str, Any], before: Mapping[str, Any], numbers: Mapping[str, int], because: str | None) -> str:
    """Return what the history says of a change: what it was, who made it, and why."""
    parts = []
    if "traffic" in change:
        now, earlier = (wording.traffic_words(wording.traffic(state, numbers), numbers) for state in (change, before))
        parts.append(f"traffic {now} (before: {earlier})")
    if "shadow" in change:
        parts.append(wording.shadow(change, numbers) or "no shadow")
    parts += [f"{spec.name} = {wording.option(change[spec.name])}" for spec in ENDPOINT_OPTIONS if spec.name in change]
    return f"{'; '.join(parts)}; by {_who()}" + (f", because {because}" if because else "")


def _who() -> str:
    """Return the name of the person, or the account, that this process belongs to."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container an account may have no name.
        return f"user {os.getuid()}"


def _set_options(endpoint: str, given: Mapping[str, GivenOption], span: Span) -> dict[str, Any]:
    """Return what ALTER ENDPOINT sets of the options; NULL brings an option's default back."""
    known = {spec.name for spec in ENDPOINT_OPTIONS}
    told = {name: option for name, option in given.items() if option.value is not None or name.lower() not in known}
    values, findings = read_options(told, ENDPOINT_OPTIONS, f"endpoint {endpoint}", span)
    if findings:
        raise UserError(*findings)
    return {name.lower(): values[name.lower()] for name in given}


def _check_columns(
    session: Session, statement: AlterEndpoint, before: Mapping[str, Any], change: Mapping[str, Any]
) -> None:
    """Hold the options that name columns against what the model takes; raises UserError for those that cannot be."""
    if not {OMITTED, HASHED, "sticky_by"} & change.keys():
        return
    model = str(before["model"])
    _, loaded = load_version(session.catalog, session.storage, session.models, model)
    given = Given(statement.options or {}, statement.span)
    check_log_columns({**before, **change}, model, loaded.manifest, given)
    if change.get("sticky_by"):
        look_at_sticky(session, statement.name, change["sticky_by"], loaded.manifest, statement.span)


def _check_versions(
    session: Session, model: str, change: Mapping[str, Any], before: Mapping[str, Any], span: Span
) -> None:
    """Raise UserError when the change names a version that there is not, or the same version twice."""
    traffic: Mapping[str, float] | None = change.get("traffic")
    served: dict[int, str] = {}
    for name in traffic or ():
        number = _number(session, model, name)
        if number in served:
            message = f"{served[number]} and {name} are both version {number} of model {model}."
            raise UserError.of(message, span=span, hint="Traffic is split between different versions: name each once.")
        served[number] = name
    shadow = change.get("shadow") if "shadow" in change else before.get("shadow")
    if not shadow or not {"traffic", "shadow"} & change.keys():
        return
    beside = _number(session, model, shadow) if "shadow" in change else _number_now(session, model, shadow)
    shares = traffic or before.get("traffic") or {CHAMPION: 100}
    answering = {_number_now(session, model, name) for name, share in shares.items() if share > 0}
    if answering == {beside}:
        message = f"The shadow {shadow} is version {beside} of model {model}, which answers all requests itself."
        raise UserError.of(message, span=span, hint="A shadow is another version; SET SHADOW () takes it away.")


def _number(session: Session, model: str, version: str) -> int:
    """Return the number of a version or alias; raises UnknownName when there is none."""
    return get_version(session.catalog, model, int(version) if version.isdecimal() else version).number


def _number_now(session: Session, model: str, version: str) -> int | None:
    """Return the number that a variant set earlier has now; None when its alias is gone."""
    return int(version) if version.isdecimal() else aliases(session.catalog, model).get(version.lower())


def alter_model(session: Session, statement: AlterModel) -> Result:
    """Move an alias of a model, or set its options for people."""
    name = ResourceName(Kind.MODEL, statement.name)
    state = get_object(session.catalog, name)
    if state is None:
        if statement.if_exists:
            return done(f"there is no {name}")
        known = [found.name.name for found in list_objects(session.catalog, Kind.MODEL)]
        raise UnknownName.among("model", statement.name, known, span=statement.span)
    now = session.clock.now()
    if statement.alias is not None:
        alias, version = statement.alias
        number = _number(session, statement.name, version)
        serving = aliases(session.catalog, statement.name).get(CHAMPION)
        if alias.lower() == CANDIDATE and number == serving:
            message = f"Version {number} of model {statement.name} is the champion; a candidate waits to become it."
            raise UserError.of(message, span=statement.span)
        with session.catalog.together() as catalog:
            if alias.lower() == CHAMPION:
                make_champion(catalog, statement.name, number, now, "set by hand")
            else:
                set_alias(catalog, statement.name, alias, number, now, "set by hand")
            message = f"{alias} is version {number}, set by hand"
            add_history(catalog, HistoryEntry(now, "altered", str(name), message, {}))
        return done(f"{name}: {alias} is version {number}")
    change = altered(state, statement.options or {}, statement.span)
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **change}, now)
        told = ", ".join(key.lower() for key in statement.options or {})
        add_history(catalog, HistoryEntry(now, "altered", str(name), f"set {told}", {}))
    for notice in recorded_only(statement.options or {}, ALTERABLE):
        session.listener(Noticed(str(name), notice))
    return done(f"{name} altered")
