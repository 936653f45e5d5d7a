"""Every object at a glance: what it is, when it was made, what serves, what was said of it last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from penstock.catalog.evaluations import Evaluation, latest_evaluation
from penstock.catalog.objects import ObjectState, list_objects
from penstock.catalog.versions import aliases, get_version, newest_version
from penstock.core.names import Kind
from penstock.engine.deployed import deployed_spec
from penstock.engine.goal import headline
from penstock.engine.result import counted
from penstock.engine.session import Session
from penstock.engine.wording import minute, monitor_state, traffic, traffic_words, variant
from penstock.project.goal import GoalSpec

ORDER = {kind: place for place, kind in enumerate(Kind)}


def status(session: Session) -> pa.Table:
    """Return one row an object: kind, name, updated_at, and one line on how it is."""
    states = sorted(list_objects(session.catalog), key=lambda state: (ORDER[state.name.kind], state.name.key))
    return pa.table(
        {
            "kind": pa.array([str(state.name.kind) for state in states], pa.string()),
            "name": pa.array([state.name.name for state in states], pa.string()),
            "updated_at": pa.array([state.updated_at for state in states], pa.timestamp("us", "UTC")),
            "state": pa.array([state_words(session, state) for state in states], pa.string()),
        }
    )


def state_words(session: Session, state: ObjectState) -> str:
    """Return one line on how an object is."""
    match state.name.kind:
        case Kind.MODEL:
            return _model(session, state.name.name)
        case Kind.ENDPOINT:
            return _endpoint(session, state.state)
        case Kind.MONITOR:
            return _monitor(latest_evaluation(session.catalog, state.name.name), state.state.get("problem"))
        case Kind.TRIGGER:
            return _trigger(state.state)
        case Kind.ASSERTION:
            failing = state.state.get("failing", 0)
            return f"does not hold for {counted(failing, 'row')}" if failing else "holds"
        case Kind.TABLE:
            return f"snapshot {state.snapshot}"
        case Kind.GOAL:
            return _goal(session, deployed_spec(session, state, GoalSpec).model)
        case _:
            return "defined"


def _endpoint(session: Session, state: Mapping[str, Any]) -> str:
    model = str(state["model"])
    numbers = aliases(session.catalog, model)
    shares = traffic(state, numbers)
    if set(shares) == {"champion"}:
        words = f"serves {model} version {numbers['champion']}"
    else:
        words = f"serves {model}: {traffic_words(shares, numbers)}"
    return f"{words}; shadow {variant(str(state['shadow']), numbers)}" if state.get("shadow") else words


def _goal(session: Session, model: str) -> str:
    newest = newest_version(session.catalog, model)
    if newest is None:
        return "has judged no version yet"
    return f"version {newest.number} was {newest.status}"


def _monitor(evaluation: Evaluation | None, problem: str | None) -> str:
    if problem is not None:
        return f"cannot look: {_first_line(problem)}"
    words = monitor_state(evaluation)
    if evaluation is None or evaluation.breached is False:
        return words
    return f"{words}: {evaluation.reason.removeprefix('not to be told: ')}"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _trigger(state: Mapping[str, Any]) -> str:
    if state.get("problem") is not None:
        return f"cannot act: {_first_line(state['problem'])}"
    fired, held = state.get("last_fired"), state.get("held")
    words = f"fired at {minute(fired)}: {state.get('reason')}" if fired else "has not fired"
    return f"{words}; held back at {minute(held['at'])}: {held['why']}" if held else words


def _model(session: Session, model: str) -> str:
    known = aliases(session.catalog, model)
    if "champion" not in known:
        return gate_words(known)
    version = get_version(session.catalog, model)
    words = f"version {version.number}, {headline(version.metrics)}"
    return words if known.get("candidate", version.number) == version.number else f"{words}; {gate_words(known)}"


def gate_words(known: Mapping[str, int]) -> str:
    """Return what a model's aliases say: which version serves, or which waits at the gate."""
    if "champion" not in known:
        return "no version was accepted"
    champion, waiting = known["champion"], known.get("candidate", known["champion"])
    return f"version {champion} serves" if waiting == champion else f"version {waiting} was not accepted"
