"""What a training would see, and whether the newest version has seen it already.

The same definitions, files, snapshots and seed give the same version again: to train on them would earn nothing.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing

from penstock.catalog.objects import get_object
from penstock.catalog.versions import champions, newest_version
from penstock.core.names import Kind, ResourceName
from penstock.engine.session import Session
from penstock.engine.step import Plan, Step
from penstock.engine.training_data import snapshots_read
from penstock.graph.fingerprint import fingerprint
from penstock.graph.topology import Graph, reachable
from penstock.project.model import ModelSpec
from penstock.project.view import ViewSpec
from penstock.sql.references import reads_clock

# Under this name a model's state keeps what its newest version saw.
SIGHT = "sight"
DATA = (Kind.TABLE, Kind.VIEW)


def sight_of(session: Session, graph: Graph, step: Step) -> str:
    """Return a hash of all that a training of the step's model sees, but for the snapshots of its tables.

    That is: the definitions and files that it stands on, its goals, the seed, the champions of the models that it
    reads. For a query that asks for the time it is the day too: such a query sees other rows tomorrow.
    """
    goals = [graph.resources[child] for child in graph.children[step.name] if child.kind is Kind.GOAL]
    above = reachable([step.name], graph.parents)
    serving = champions(session.catalog)
    seen = {
        "data": step.data,
        "goals": sorted(fingerprint(goal, {}) for goal in goals),
        "seed": session.settings.seed,
        "champions": {name.key: serving.get(name.key) for name in sorted(above) if name.kind is Kind.MODEL},
        "day": f"{session.clock.now():%Y-%m-%d}" if _asks_for_time(graph, step.name, above) else None,
    }
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def seen_already(session: Session, graph: Graph, plan: Plan, step: Step) -> str | None:
    """Return why a training of the step's model would see nothing that its newest version has not seen, or None.

    `plan` holds the steps that would come before it.
    """
    if any(other.action != "skip" for other in plan.steps if other.name.kind in DATA):
        return None
    state = get_object(session.catalog, step.name)
    newest = newest_version(session.catalog, step.name.name)
    if state is None or newest is None or state.state.get(SIGHT) != sight_of(session, graph, step):
        return None
    if snapshots_of(session, graph, step) != dict(newest.sources):
        return None
    return f"nothing is new to {step.name} since version {newest.number}"


def snapshots_of(session: Session, graph: Graph, step: Step) -> dict[str, int]:
    """Return the snapshots of the tables that the step's model reads, as they are now."""
    spec = graph.resources[step.name].spec
    if not isinstance(spec, ModelSpec):
        return {}
    with closing(session.lake.connection()) as connection:
        return snapshots_read(session, connection, spec)


def _asks_for_time(graph: Graph, model: ResourceName, above: frozenset[ResourceName]) -> bool:
    """Return whether the model's query, its TRANSFORM or a view above reads the clock. A table is as it was made."""
    for name in (model, *above):
        spec = graph.resources[name].spec
        if isinstance(spec, ModelSpec) and name == model:
            texts = [text for text in (spec.query, spec.transform, spec.holidays) if text is not None]
        elif isinstance(spec, ViewSpec):
            texts = [spec.query]
        else:
            continue
        if any(reads_clock(text) for text in texts):
            return True
    return False
