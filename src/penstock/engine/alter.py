"""ALTER ENDPOINT and ALTER MODEL: traffic, shadow, options, aliases; each in one transaction."""

from __future__ import annotations

from typing import Any

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import get_object, list_objects, update_state
from penstock.catalog.versions import get_version, set_alias
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.core.options import read_options
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
        for version in statement.traffic:
            _must_exist(session, model, version)
        change["traffic"] = dict(statement.traffic)
    if statement.shadow is not None:
        if statement.shadow:
            _must_exist(session, model, statement.shadow)
        change["shadow"] = statement.shadow or None
    if statement.options is not None:
        values, findings = read_options(
            statement.options, ENDPOINT_OPTIONS, f"endpoint {statement.name}", statement.span
        )
        if findings:
            raise UserError(*findings)
        change.update({key.lower(): values[key.lower()] for key in statement.options})
    now = session.clock.now()
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **change}, now)
        add_history(catalog, HistoryEntry(now, "altered", str(name), f"set {change}", change))
    return done(f"{name} altered")


def _must_exist(session: Session, model: str, version: str) -> None:
    get_version(session.catalog, model, int(version) if version.isdigit() else version)


def alter_model(session: Session, statement: AlterModel) -> Result:
    """Move an alias of a model, or set its options for people."""
    name = ResourceName(Kind.MODEL, statement.name)
    if get_object(session.catalog, name) is None:
        if statement.if_exists:
            return done(f"there is no {name}")
        known = [found.name.name for found in list_objects(session.catalog, Kind.MODEL)]
        raise UnknownName.among("model", statement.name, known, span=statement.span)
    now = session.clock.now()
    if statement.alias is not None:
        alias, version = statement.alias
        number = get_version(session.catalog, statement.name, int(version) if version.isdigit() else version).number
        with session.catalog.together() as catalog:
            set_alias(catalog, statement.name, alias, number, now, "set by hand")
            message = f"{alias} is version {number}, set by hand"
            add_history(catalog, HistoryEntry(now, "altered", str(name), message, {}))
        return done(f"{name}: {alias} is version {number}")
    given = {key.lower(): option.value for key, option in (statement.options or {}).items()}
    update_state(session.catalog, name, lambda old: {**old, "options": {**old.get("options", {}), **given}}, now)
    return done(f"{name} altered")
