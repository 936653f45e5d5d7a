"""SHOW: what exists, as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from penstock.catalog.evaluations import list_evaluations
from penstock.catalog.history import list_history
from penstock.catalog.objects import get_object, list_objects
from penstock.catalog.runs import list_runs, steps_of
from penstock.catalog.versions import aliases, list_versions
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import Kind, ResourceName, name_key
from penstock.engine.deployed import deployed_project
from penstock.engine.experiment_view import show_experiment
from penstock.engine.overview import OVERVIEWS
from penstock.engine.release_listing import releases
from penstock.engine.report import show_report
from penstock.engine.result import Result, of_records, of_table
from penstock.engine.session import Session
from penstock.engine.trace import trace
from penstock.functions.registry import functions
from penstock.graph.topology import build_graph
from penstock.lake.rejects import rejects_of
from penstock.learn.registry import model_types
from penstock.sql.statement import Show

TEXT, NUMBER, MOMENT = pa.string(), pa.int64(), pa.timestamp("us", "UTC")
# Numbers by their names: a query asks for metrics['roc_auc'].
MEASURES = pa.map_(pa.string(), pa.float64())


def show(session: Session, statement: Show) -> Result:
    """Return the rows of a SHOW statement; raises UnknownName for a subject that there is not."""
    kinds = {f"{kind}s": kind for kind in Kind}
    if statement.subject in kinds:
        return OVERVIEWS[kinds[statement.subject]](session)
    subjects: Mapping[str, Callable[[Session, str | None], Result]] = SUBJECTS
    if statement.subject not in subjects:
        known = (*kinds, *subjects)
        raise UnknownName.among("thing to show called", statement.subject.upper(), [k.upper() for k in known])
    return subjects[statement.subject](session, statement.of)


def must_stand(session: Session, name: ResourceName) -> None:
    """Raise UnknownName, with the nearest one, when the catalog has no such object."""
    if get_object(session.catalog, name) is None:
        raise UnknownName.among(name.kind, name.name, [s.name.name for s in list_objects(session.catalog, name.kind)])


def _versions(session: Session, model: str | None) -> Result:
    rows = []
    if model is not None:
        must_stand(session, ResourceName(Kind.MODEL, model))
    for version in list_versions(session.catalog, model):
        names = [alias for alias, number in aliases(session.catalog, version.model).items() if number == version.number]
        rows.append(
            (
                version.model,
                version.number,
                ", ".join(sorted(names)),
                version.status,
                version.created_at,
                list(version.metrics.items()),
                version.reason,
            )
        )
    columns = [
        ("model", TEXT),
        ("version", NUMBER),
        ("aliases", TEXT),
        ("status", TEXT),
        ("created_at", MOMENT),
        ("metrics", MEASURES),
        ("reason", TEXT),
    ]
    return of_records(columns, rows)


def _runs(session: Session, _: str | None) -> Result:
    rows = [(run.id, run.status, run.cause, run.started_at, run.finished_at) for run in list_runs(session.catalog)]
    columns = [
        ("run_id", TEXT),
        ("status", TEXT),
        ("cause", TEXT),
        ("started_at", MOMENT),
        ("finished_at", MOMENT),
    ]
    return of_records(columns, rows)


def _steps(session: Session, run_id: str | None) -> Result:
    known = [run.id for run in list_runs(session.catalog)]
    if run_id is None and not known:
        raise UserError.of("There has been no run yet.", hint="Begin one with: penstock run")
    chosen = run_id or known[0]
    if chosen not in known:
        raise UnknownName.among("run", chosen, known)
    rows = [
        (step.index, step.resource, step.action, step.status, step.started_at, step.finished_at, step.summary)
        for step in steps_of(session.catalog, chosen)
    ]
    columns = [
        ("step", NUMBER),
        ("resource", TEXT),
        ("action", TEXT),
        ("status", TEXT),
        ("started_at", MOMENT),
        ("finished_at", MOMENT),
        ("summary", TEXT),
    ]
    return of_records(columns, rows)


def _history(session: Session, name: str | None) -> Result:
    rows = [
        (entry.at, entry.kind, entry.subject, entry.message)
        for entry in list_history(session.catalog)
        # A subject is a kind and a name.
        if name is None or name_key(entry.subject.partition(" ")[2]) == name_key(name)
    ]
    return of_records([("at", MOMENT), ("kind", TEXT), ("subject", TEXT), ("message", TEXT)], rows)


def _evaluations(session: Session, monitor: str | None) -> Result:
    if monitor is not None:
        must_stand(session, ResourceName(Kind.MONITOR, monitor))
    rows = [
        (found.monitor, found.at, found.rows, found.breached, found.reason, list(found.measures.items()))
        for found in list_evaluations(session.catalog, monitor)
    ]
    columns = [
        ("monitor", TEXT),
        ("at", MOMENT),
        ("rows", NUMBER),
        ("breached", pa.bool_()),
        ("reason", TEXT),
        ("measures", MEASURES),
    ]
    return of_records(columns, rows)


def _releases(session: Session, endpoint: str | None) -> Result:
    if endpoint is not None:
        must_stand(session, ResourceName(Kind.ENDPOINT, endpoint))
    return releases(session, endpoint)


def _rejects(session: Session, table: str | None) -> Result:
    if table is None:
        raise UserError.of("SHOW REJECTS needs a table.", hint="Say: SHOW REJECTS OF t")
    connection = session.lake.connection()
    try:
        return of_table(rejects_of(connection, table))
    finally:
        connection.close()


def _report(session: Session, model: str | None) -> Result:
    if model is None:
        raise UserError.of("SHOW REPORT needs a model.", hint="Say: SHOW REPORT OF m")
    must_stand(session, ResourceName(Kind.MODEL, model))
    return show_report(session, model)


def _functions(_: Session, __: str | None) -> Result:
    return of_records([("name", TEXT), ("summary", TEXT)], [(spec.name, spec.summary) for spec in functions().values()])


def _model_types(_: Session, __: str | None) -> Result:
    rows = [(learner.model_type, str(learner.task), learner.summary) for learner in model_types().values()]
    return of_records([("model_type", TEXT), ("task", TEXT), ("summary", TEXT)], rows)


def _lineage(session: Session, name: str | None) -> Result:
    return of_table(trace(session, build_graph(deployed_project(session)), name).table())


SUBJECTS: Mapping[str, Callable[[Session, str | None], Result]] = {
    "versions": _versions,
    "runs": _runs,
    "steps": _steps,
    "history": _history,
    "evaluations": _evaluations,
    "experiment": show_experiment,
    "releases": _releases,
    "rejects": _rejects,
    "report": _report,
    "lineage": _lineage,
    "functions": _functions,
    "model_types": _model_types,
}
