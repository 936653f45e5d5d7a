"""ALTER ENDPOINT and ALTER MODEL: traffic, shadow, options, aliases; each in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import get_object, list_objects, update_state
from penstock.catalog.versions import CANDIDATE, CHAMPION, aliases, get_version, promote, set_alias
from penstock.core.errors import UnknownName, UserError
from penstock.core.events import Noticed
from penstock.core.names import Kind, ResourceName
from penstock.core.options import GivenOption, read_options
from penstock.core.spans import Span
from penstock.engine.model_option import ALTERABLE, altered, recorded_only
from penstock.engine.result import Result, done
from penstock.engine.session import Session
from penstock.project.endpoint import OPTIONS as ENDPOINT_OPTIONS
from penstock.sql.statement import AlterEndpoint, AlterModel


def alter_endpoint(session: Session, statement: AlterEndpoint) -> Result:
    """Change an endpoint's traffic, shadow or options; raises UserError for a version that its model does not have."""
    name = ResourceName(Kind.ENDPOINT, statement.name)
    state = get_object(session.catalog, name)
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", statement.name, known, span=statement.span)
    model = str(state.state["model"])
    change: dict[str, Any] = {}
    if statement.traffic is not None:
        total = sum(statement.traffic.values())
        if abs(total - 100) > 1e-9 or min(statement.traffic.values()) < 0:
            raise UserError.of(f"The shares of traffic must add up to 100, not {total:g}.", span=statement.span)
        change["traffic"] = dict(statement.traffic)
    if statement.shadow is not None:
        change["shadow"] = statement.shadow or None
    if statement.options is not None:
        change |= _set_options(statement.name, statement.options, statement.span)
    _check_versions(session, model, change, state.state, statement.span)
    now = session.clock.now()
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **change}, now)
        add_history(catalog, HistoryEntry(now, "altered", str(name), f"set {change}", change))
    return done(f"{name} altered")


def _set_options(endpoint: str, given: Mapping[str, GivenOption], span: Span) -> dict[str, Any]:
    """Return what ALTER ENDPOINT sets of the options; NULL brings an option's default back."""
    known = {spec.name for spec in ENDPOINT_OPTIONS}
    told = {name: option for name, option in given.items() if option.value is not None or name.lower() not in known}
    values, findings = read_options(told, ENDPOINT_OPTIONS, f"endpoint {endpoint}", span)
    if findings:
        raise UserError(*findings)
    return {name.lower(): values[name.lower()] for name in given}


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
                promote(catalog, statement.name, number, now, "set by hand")
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
