"""One turn of the loop: monitors look, triggers decide, what is due is done."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.catalog.evaluations import Evaluation, add_evaluation, latest_evaluation
from penstock.catalog.history import HistoryEntry, add_history
from penstock.core.errors import UserError
from penstock.engine.deployed import deployed_project
from penstock.engine.monitor import evaluate_monitor
from penstock.engine.session import Session
from penstock.engine.trigger import Fired, consider
from penstock.graph.topology import Graph, build_graph
from penstock.project.monitor import MonitorSpec
from penstock.project.trigger import TriggerSpec


@dataclass(frozen=True)
class Turn:
    """What a turn saw and did."""

    evaluations: tuple[Evaluation, ...]
    fired: tuple[Fired, ...]


def turn(session: Session) -> Turn:
    """Evaluate every monitor that is due and let every trigger that is due go off.

    A monitor that cannot be evaluated is written in the history and hinders no other.
    """
    graph = build_graph(deployed_project(session))
    specs = [resource.spec for resource in graph.resources.values()]
    evaluations = [_evaluate(session, graph, spec) for spec in specs if isinstance(spec, MonitorSpec)]
    fired = [consider(session, graph, spec) for spec in specs if isinstance(spec, TriggerSpec)]
    return Turn(tuple(found for found in evaluations if found), tuple(found for found in fired if found))


def _evaluate(session: Session, graph: Graph, spec: MonitorSpec) -> Evaluation | None:
    now = session.clock.now()
    last = latest_evaluation(session.catalog, spec.name)
    if last is not None and spec.every is not None and now - last.at < spec.every:
        return None
    try:
        with session.lake_turn:
            evaluation = evaluate_monitor(session, graph, spec)
    except UserError as problem:
        add_history(session.catalog, HistoryEntry(now, "failed", f"monitor {spec.name}", str(problem), {}))
        return None
    if evaluation is None:
        return None
    with session.catalog.together() as catalog:
        add_evaluation(catalog, evaluation)
        if evaluation.breached and not (last is not None and last.breached):
            add_history(catalog, HistoryEntry(now, "breached", f"monitor {spec.name}", evaluation.reason, {}))
    return evaluation
