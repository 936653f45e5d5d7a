"""One turn of the loop: monitors and experiments look, triggers decide, what is due is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from penstock.catalog.evaluations import Evaluation, add_evaluation, latest_evaluation
from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import get_object, update_state
from penstock.core.errors import UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.deployed import deployed_project
from penstock.engine.experiment_turn import look
from penstock.engine.monitor import evaluate_monitor
from penstock.engine.release_turn import Moved, advance_releases
from penstock.engine.run import close_what_was_interrupted
from penstock.engine.session import Session
from penstock.engine.trigger import Fired, consider
from penstock.graph.topology import Graph, build_graph
from penstock.project.experiment import ExperimentSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.trigger import TriggerSpec

Result = TypeVar("Result")


@dataclass(frozen=True)
class Turn:
    """What a turn saw and did."""

    evaluations: tuple[Evaluation, ...]
    fired: tuple[Fired, ...]
    moved: tuple[Moved, ...] = ()


def turn(session: Session) -> Turn:
    """Judge releases, evaluate every monitor and experiment that is due and let every trigger that is due go off.

    A monitor or experiment that cannot be evaluated, and a trigger that cannot be looked at, hinders no other. The
    history tells that once, the object's state as long as it lasts. A run that a kill cut off is closed in the journal
    first.
    """
    moved = advance_releases(session)
    close_what_was_interrupted(session)
    graph = build_graph(deployed_project(session))
    specs = [resource.spec for resource in graph.resources.values()]
    evaluations = [_evaluate(session, graph, spec) for spec in specs if isinstance(spec, MonitorSpec)]
    for experiment in (spec for spec in specs if isinstance(spec, ExperimentSpec)):
        _look(session, experiment)
    fired = [_consider(session, graph, spec) for spec in specs if isinstance(spec, TriggerSpec)]
    return Turn(tuple(found for found in evaluations if found), tuple(found for found in fired if found), tuple(moved))


def _evaluate(session: Session, graph: Graph, spec: MonitorSpec) -> Evaluation | None:
    now = session.clock.now()
    last = latest_evaluation(session.catalog, spec.name)
    # An evaluation of the future was made by a clock that has been set back: it says nothing of when to look.
    if last is not None and timedelta(0) <= now - last.at < spec.every:
        return None
    with session.lake_turn:
        name = ResourceName(Kind.MONITOR, spec.name)
        evaluation = _told(session, name, lambda: evaluate_monitor(session, graph, spec))
    if evaluation is None:
        return None
    with session.catalog.together() as catalog:
        add_evaluation(catalog, evaluation)
        if evaluation.breached and not (last is not None and last.breached):
            add_history(catalog, HistoryEntry(now, "breached", f"monitor {spec.name}", evaluation.reason, {}))
    return evaluation


def _look(session: Session, spec: ExperimentSpec) -> None:
    _told(session, ResourceName(Kind.EXPERIMENT, spec.name), lambda: look(session, spec))


def _consider(session: Session, graph: Graph, spec: TriggerSpec) -> Fired | None:
    return _told(session, ResourceName(Kind.TRIGGER, spec.name), lambda: consider(session, graph, spec))


def _told(session: Session, name: ResourceName, work: Callable[[], Result]) -> Result | None:
    """Return what `work` gives; None for a user's error, which is kept as the object's `problem` and told once."""
    found, result = None, None
    try:
        result = work()
    except UserError as problem:
        found = problem.sentence
    state = get_object(session.catalog, name)
    if state is not None and state.state.get("problem") != found:
        _remember_problem(session, name, found)
    return result


def _remember_problem(session: Session, name: ResourceName, found: str | None) -> None:
    now = session.clock.now()
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, "problem": found}, now)
        if found is not None:
            add_history(catalog, HistoryEntry(now, "failed", str(name), found, {}))
