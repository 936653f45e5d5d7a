"""Every object at a glance: what it is, when it was made, what serves, what was said of it last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from penstock.catalog.evaluations import Evaluation, latest_evaluation
from penstock.catalog.objects import ObjectState, list_objects
from penstock.catalog.runs import last_failures, list_runs
from penstock.catalog.versions import aliases, get_version, newest_version
from penstock.core.names import Kind, ResourceName
from penstock.engine import release_listing
from penstock.engine.deployed import deployed_spec
from penstock.engine.experiment_course import ENDED, SENTENCE
from penstock.engine.goal import headline
from penstock.engine.leftover import leftovers
from penstock.engine.leftover import words as leftover_words
from penstock.engine.plan import DATA
from penstock.engine.result import counted
from penstock.engine.session import Session
from penstock.engine.wording import minute, monitor_state, shadow, traffic, traffic_words
from penstock.project.goal import GoalSpec
from penstock.project.load import load_project

ORDER = {kind: place for place, kind in enumerate(Kind)}


def status(session: Session) -> pa.Table:
    """Return one row an object: kind, name, updated_at, and one line on how it is.

    Once there was a run, what the project declares and no run could make is told too, without an updated_at.
    """
    states = {(state.name.kind, state.name.key): state for state in list_objects(session.catalog)}
    runs = list_runs(session.catalog, limit=1)
    # A session without a folder has the project that its statements have made.
    project = load_project(session.settings.root) if session.scratch is None else None
    declared = list(project.resources) if project else []
    # Of files that cannot be read nobody knows what they declare.
    left = set(leftovers(states, declared)) if project and not project.diagnostics else set()
    failures = last_failures(session.catalog)
    rows: list[tuple[ResourceName, datetime | None, str]] = []
    for state in states.values():
        told = [state_words(session, state)]
        failure = failures.get(str(state.name))
        if state.name.kind in DATA and failure and failure.finished_at and failure.finished_at > state.updated_at:
            told.append(f"failed since: {_first_line(failure.summary)}")
        if state.name in left:
            told.append(leftover_words(state.name))
        rows.append((state.name, state.updated_at, "; ".join(told)))
    for name in declared if runs else ():
        if (name.kind, name.key) not in states:
            failure = failures.get(str(name))
            rows.append((name, None, f"failed: {_first_line(failure.summary)}" if failure else "not reached"))
    rows.sort(key=lambda row: (ORDER[row[0].kind], row[0].key))
    return pa.table(
        {
            "kind": pa.array([str(name.kind) for name, _, _ in rows], pa.string()),
            "name": pa.array([name.name for name, _, _ in rows], pa.string()),
            "updated_at": pa.array([at for _, at, _ in rows], pa.timestamp("us", "UTC")),
            "state": pa.array([words for _, _, words in rows], pa.string()),
        }
    )


def state_words(session: Session, state: ObjectState) -> str:
    """Return one line on how an object is."""
    match state.name.kind:
        case Kind.MODEL:
            return _model(session, state.name.name)
        case Kind.ENDPOINT:
            told = release_listing.words(state)
            return "; ".join(filter(None, (_endpoint(session, state.state), told)))
        case Kind.MONITOR:
            return _monitor(latest_evaluation(session.catalog, state.name.name), state.state.get("problem"))
        case Kind.EXPERIMENT:
            return _experiment(state.state)
        case Kind.TRIGGER:
            return _trigger(state.state)
        case Kind.ASSERTION:
            failing = state.state.get("failing", 0)
            return f"does not hold for {counted(failing, 'row')}" if failing else "holds"
        case Kind.TABLE:
            return f"snapshot {state.snapshot}"
        case Kind.GOAL:
            return _goal(session, state.name.name, deployed_spec(session, state, GoalSpec).model)
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
    beside = shadow(state, numbers)
    return f"{words}; {beside}" if beside else words


def _goal(session: Session, goal: str, model: str) -> str:
    newest = newest_version(session.catalog, model)
    if newest is None:
        return "has judged no version yet"
    # The reason of a version tells what each goal at its gate said.
    if f"goal {goal} " not in newest.reason:
        return f"has not judged version {newest.number}"
    return f"version {newest.number} was {newest.status}"


def _monitor(evaluation: Evaluation | None, problem: str | None) -> str:
    if problem is not None:
        return f"cannot look: {_first_line(problem)}"
    words = monitor_state(evaluation)
    if evaluation is None or evaluation.breached is False:
        return words
    return f"{words}: {evaluation.reason.removeprefix('not to be told: ')}"


def _experiment(state: Mapping[str, Any]) -> str:
    if state.get("problem") is not None:
        return f"cannot look: {_first_line(state['problem'])}"
    sentence = state.get(SENTENCE) or "has not looked yet"
    return f"ended: {sentence}" if state.get(ENDED) else str(sentence)


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
    waiting = known.get("candidate", version.number)
    if waiting == version.number:
        return words
    return f"{words}; {gate_words(known, accepted=get_version(session.catalog, model, waiting).status == 'accepted')}"


def gate_words(known: Mapping[str, int], *, accepted: bool = False) -> str:
    """Return what a model's aliases say: which version serves, or which waits, at the gate or for its release."""
    if "champion" not in known:
        return "no version was accepted"
    champion, waiting = known["champion"], known.get("candidate", known["champion"])
    if waiting == champion:
        return f"version {champion} serves"
    return f"version {waiting} is accepted and waits" if accepted else f"version {waiting} was not accepted"
