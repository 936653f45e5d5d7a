"""Every object at a glance: what it is, when it was made, what serves, what was said of it last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from penstock.catalog.evaluations import latest_evaluation
from penstock.catalog.objects import ObjectState, list_objects
from penstock.catalog.versions import aliases, get_version
from penstock.core.names import Kind
from penstock.engine.goal import headline
from penstock.engine.session import Session

ORDER = {kind: place for place, kind in enumerate(Kind)}


def status(session: Session) -> pa.Table:
    """Return one row an object: kind, name, updated_at, and one line on how it is."""
    states = sorted(list_objects(session.catalog), key=lambda state: (ORDER[state.name.kind], state.name.key))
    return pa.table(
        {
            "kind": pa.array([str(state.name.kind) for state in states], pa.string()),
            "name": pa.array([state.name.name for state in states], pa.string()),
            "updated_at": pa.array([state.updated_at for state in states], pa.timestamp("us", "UTC")),
            "state": pa.array([_state(session, state) for state in states], pa.string()),
        }
    )


def _state(session: Session, state: ObjectState) -> str:
    match state.name.kind:
        case Kind.MODEL:
            return _model(session, state.name.name)
        case Kind.ENDPOINT:
            model = str(state.state["model"])
            champion = aliases(session.catalog, model).get("champion")
            return f"serves {model} version {champion}"
        case Kind.MONITOR:
            evaluation = latest_evaluation(session.catalog, state.name.name)
            if evaluation is None:
                return "has not looked yet"
            return f"breached: {evaluation.reason}" if evaluation.breached else "holds"
        case Kind.TRIGGER:
            return _trigger(state.state)
        case Kind.ASSERTION:
            failing = state.state.get("failing", 0)
            return f"does not hold for {failing:,} rows" if failing else "holds"
        case Kind.TABLE:
            return f"snapshot {state.snapshot}"
        case _:
            return "defined"


def _trigger(state: Mapping[str, Any]) -> str:
    fired, held = state.get("last_fired"), state.get("held")
    words = f"fired at {_minute(fired)}: {state.get('reason')}" if fired else "has not fired"
    return f"{words}; held back at {_minute(held['at'])}: {held['why']}" if held else words


def _minute(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def _model(session: Session, model: str) -> str:
    known = aliases(session.catalog, model)
    if "champion" not in known:
        return "no version was accepted"
    version = get_version(session.catalog, model)
    waiting = known.get("candidate", version.number)
    words = f"version {version.number}, {headline(version.metrics)}"
    return words if waiting == version.number else f"{words}; version {waiting} was not accepted"
