"""Why a trigger that is due is held back: it would do nothing, or fail again at what it has failed at.

A firing that would do something again and again while nothing changes costs much and earns nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from penstock.catalog.versions import champions
from penstock.core.errors import Busy, Cancelled, StorageFailure, UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.observation import observe
from penstock.engine.plan import make_plan
from penstock.engine.session import Session
from penstock.engine.sight import seen_already, sight_of, snapshots_of
from penstock.engine.step import Plan
from penstock.graph.selection import select
from penstock.graph.topology import Graph
from penstock.lake.snapshots import table_snapshot
from penstock.lake.tables import exists
from penstock.sql.statement import TriggerAction

# What is wrong with the world and not with the data: it may be well again at the next turn.
PASSING = frozenset({Busy.code, Cancelled.code, StorageFailure.code})


@dataclass(frozen=True)
class Prospect:
    """What an action would meet. `idle` says why it would do nothing; None when it would do something.

    `sight` and `snapshots` stand for what it would look at; an action that looks at nothing has none.
    """

    idle: str | None = None
    sight: str = ""
    snapshots: Mapping[str, int] = field(default_factory=dict)


def prospect(session: Session, graph: Graph, action: TriggerAction) -> Prospect:
    """Return what the action would meet now."""
    target = action.target or ""
    try:
        match action.verb:
            case "retrain":
                return _retraining(session, graph, target)
            case "refresh":
                return _making(session, _plan(session, graph, [f"+{target}"]), f"{target} is up to date")
            case "run_project":
                return _making(session, _plan(session, graph, []), "the project is up to date")
            case "rollback":
                return Prospect(sight=json.dumps(champions(session.catalog), sort_keys=True))
            case "notify":
                return Prospect()
    except UnknownName as problem:
        # What it names was dropped. The action itself will say so.
        return Prospect(sight=str(problem))


def held_back(ahead: Sequence[Prospect], failed: Mapping[str, Any] | None) -> str | None:
    """Return why a firing that would meet this is held back, or None. Pure.

    `failed` is what `failure` has written of the last firing, None when that one went well.
    """
    if ahead and all(each.idle for each in ahead):
        return "; ".join(dict.fromkeys(str(each.idle) for each in ahead))
    if failed is not None and failed["met"] == _met(ahead[: len(failed["met"])]):
        return f"nothing has changed since it failed: {failed['why']}"
    return None


def failure(before: Sequence[Prospect], after: Sequence[Prospect], problem: UserError) -> dict[str, Any] | None:
    """Return what to remember of a firing that failed, so that it is not repeated while nothing changes.

    `before` and `after` are what its actions met, up to the one that failed, and would meet now. What came in between
    has not been looked at and counts as new; what the firing itself has changed does not. None for a failure that may
    pass by itself.
    """
    if any(finding.code in PASSING for finding in problem.diagnostics):
        return None
    met = [Prospect(None, old.sight, new.snapshots) for old, new in zip(before, after, strict=True)]
    return {"met": _met(met), "why": problem.diagnostics[0].message}


def _met(ahead: Sequence[Prospect]) -> list[list[Any]]:
    return [[each.sight, dict(each.snapshots)] for each in ahead]


def _plan(session: Session, graph: Graph, selectors: list[str]) -> Plan:
    return make_plan(graph, observe(session, graph), selected=select(graph, selectors))


def _making(session: Session, plan: Plan, idle: str) -> Prospect:
    marks = json.dumps([(str(step.name), step.data) for step in plan.steps])
    sight = hashlib.sha256(marks.encode("utf-8", "surrogatepass")).hexdigest()
    return Prospect(None if plan.work else idle, sight, _snapshots(session, plan))


def _retraining(session: Session, graph: Graph, model: str) -> Prospect:
    plan = _plan(session, graph, [f"+model:{model}"])
    wanted = ResourceName(Kind.MODEL, model)
    step = next(step for step in plan.steps if (step.name.kind, step.name.key) == (wanted.kind, wanted.key))
    snapshots = _snapshots(session, plan) | snapshots_of(session, graph, step)
    return Prospect(seen_already(session, graph, plan, step), sight_of(session, graph, step), snapshots)


def _snapshots(session: Session, plan: Plan) -> dict[str, int]:
    """Return the last change of each table of the plan, so that a hand's mending of one counts as something new."""
    with closing(session.lake.connection()) as connection:
        tables = (step.name.name for step in plan.steps if step.name.kind is Kind.TABLE)
        found = {name: table_snapshot(connection, name) for name in tables if exists(connection, name)}
    return {name: snapshot for name, snapshot in found.items() if snapshot is not None}
