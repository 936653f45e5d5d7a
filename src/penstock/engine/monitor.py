"""Monitors: what an endpoint or a table has been doing lately, and whether that breaches the predicate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from penstock.catalog.evaluations import Evaluation
from penstock.catalog.objects import get_object
from penstock.catalog.versions import champions
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName, name_key
from penstock.drift.summary import PROFILE, ColumnSummary, Profile, profile_from_json, summarise_table
from penstock.engine.endpoint_log import unlogged_features, unlogged_inputs
from penstock.engine.loaded_model import load_version
from penstock.engine.monitor_log import MOST_ROWS, AnswerLog, Answers, LogSpan
from penstock.engine.monitor_table import measure_table
from penstock.engine.monitor_window import (
    WindowMeasures,
    judged_predictions,
    measure_window,
    prediction_summary,
)
from penstock.engine.predicate import evaluate_predicate
from penstock.engine.session import Session
from penstock.graph.topology import Graph
from penstock.lake.database import Connection
from penstock.lake.tables import exists, table_names
from penstock.learn.artifact import LoadedModel
from penstock.learn.imported_answer import served_manifest
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task
from penstock.project.endpoint import EndpointSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.spec import Spec
from penstock.project.table import TableSpec

# These are told however few rows there are.
_COUNTS = ("row_count", "measured_rows")


def evaluate_monitor(session: Session, graph: Graph, spec: MonitorSpec) -> Evaluation | None:
    """Return what the monitor sees now, or None as long as there is nothing to see.

    That is so until the model of an endpoint has a champion and the endpoint has answered, or until a table
    is built. Raises UserError when the predicate or the window cannot be evaluated, or what is watched was dropped.
    """
    connection = session.lake.connection()
    try:
        if spec.watched_kind is Kind.ENDPOINT:
            return _evaluate_endpoint(session, connection, graph, spec)
        table = _declared(graph, (Kind.TABLE, Kind.VIEW), spec.watched)
        if not exists(connection, spec.watched):
            if table is None:
                raise UnknownName.among("table", spec.watched, table_names(connection))
            return None
        now = session.clock.now()
        time_column = spec.time_column or (table.time_column if isinstance(table, TableSpec) else None)
        seen = measure_table(connection, spec, time_column, now)
        return breach_of(connection, spec, seen.measured, now, (seen.start, seen.end), seen.rows)
    finally:
        connection.close()


def breach_of(
    connection: Connection,
    spec: MonitorSpec,
    measured: WindowMeasures,
    now: datetime,
    bounds: tuple[datetime | None, datetime | None],
    rows: int,
) -> Evaluation:
    """Return the evaluation of a window that has been measured.

    `rows` is its row_count, `bounds` are its ends in time.

    Where fewer than min_rows were measured, all but the counts is NULL: a handful of rows would breach by
    chance. A predicate that asks for what is NULL then judges nothing.
    """
    measures: dict[str, float | None] = {**measured.measures, "row_count": float(rows)}
    count = measures["measured_rows"] or 0.0
    few = count < spec.min_rows
    if few:
        measures = {name: value if name in _COUNTS else None for name, value in measures.items()}
    result = evaluate_predicate(connection, spec.predicate, {"measures": measures})
    reason = result.explanation
    if few and result.holds is None:
        reason = _too_few(spec, rows, round(count))
    elif few and not result.holds:
        reason = f"{_too_few(spec, rows, round(count))}; {reason}"
    return Evaluation(
        monitor=spec.name,
        at=now,
        window_start=bounds[0],
        window_end=bounds[1],
        rows=rows,
        measures=measures,
        columns=() if few else measured.columns,
        breached=result.holds,
        reason=reason,
    )


def _too_few(spec: MonitorSpec, rows: int, measured: int) -> str:
    """Return in words what is missing to judge by."""
    if rows == 0:
        return "no rows in the window"
    if measured == 0:
        return f"{rows:,} rows in the window, none of them answered by the version that serves"
    return f"{measured:,} row{'s' if measured > 1 else ''}, where at least {spec.min_rows:,} are judged"


def _evaluate_endpoint(session: Session, connection: Connection, graph: Graph, spec: MonitorSpec) -> Evaluation | None:
    endpoint = _declared(graph, (Kind.ENDPOINT,), spec.watched)
    if not isinstance(endpoint, EndpointSpec):
        known = [name.name for name in graph.resources if name.kind is Kind.ENDPOINT]
        raise UnknownName.among("endpoint", spec.watched, known)
    if not AnswerLog(connection, spec.watched).exists():
        return None
    number = champions(session.catalog).get(name_key(endpoint.model))
    if number is None:
        return None
    _, model = load_version(session.catalog, session.storage, session.models, endpoint.model, number)
    now = session.clock.now()
    since = None if spec.window is None else now - spec.window
    span = LogSpan(since, now, spec.window_rows or MOST_ROWS)
    # Only what the champion itself answered: what it does is compared with what it was trained on, and a
    # version that was just promoted does not answer for the one before it.
    manifest, served = served_manifest(model.manifest), (endpoint.model, number)
    unlogged = unlogged_inputs(endpoint.options_now(_state(session, spec.watched)), manifest)
    log = AnswerLog(connection, spec.watched, unlogged)
    answers = log.read(manifest, span, served)
    if spec.reference == "previous" or model.manifest.task is Task.IMPORTED:
        profile, predictions = _earlier(log, spec, manifest, _span_before(log, spec, span, answers, served))
    else:
        profile, predictions = _training(model)
    measured = measure_window(
        profile,
        answers.features,
        answers.predictions,
        answers.actuals,
        manifest,
        reference_predictions=predictions,
        unlogged=unlogged_features(unlogged, manifest),
    )
    bounds = (since or answers.oldest, now)
    seen = breach_of(connection, spec, _with_unreadable(measured, answers), now, bounds, log.count(span))
    return replace(seen, reason=f"{seen.reason}; {_unmeasured(unlogged)}") if unlogged else seen


def _state(session: Session, endpoint: str) -> Mapping[str, Any]:
    found = get_object(session.catalog, ResourceName(Kind.ENDPOINT, endpoint))
    return {} if found is None else found.state


def _unmeasured(unlogged: Collection[str]) -> str:
    """Return in words which columns no measure is of."""
    names = ", ".join(sorted(unlogged))
    return f"not measured, since the log has no values of {'it' if len(unlogged) == 1 else 'them'}: {names}"


def _training(model: LoadedModel) -> tuple[Profile, ColumnSummary]:
    """Return the summaries of the features that trained a version, and of what it predicted when it was judged."""
    profile = profile_from_json(model.files[PROFILE].decode())
    names = {feature.name for feature in model.manifest.features}
    return {name: known for name, known in profile.items() if name in names}, judged_predictions(model)


def _span_before(
    log: AnswerLog, spec: MonitorSpec, span: LogSpan, answers: Answers, served: tuple[str, int]
) -> tuple[LogSpan, tuple[str, int] | None] | None:
    """Return which answers, and whose, a window is compared with; None where there are none yet.

    They are those before it, or the first full window of a version that nothing was trained for here.
    """
    if spec.reference == "training":
        first = log.first_window(spec.window, spec.window_rows, span.until, served)
        return None if first is None else (first, served)
    if span.since is not None:
        end = span.since
    elif answers.oldest is not None:
        end = answers.oldest - timedelta(microseconds=1)
    else:
        return None
    return LogSpan(None if spec.window is None else end - spec.window, end, span.limit), None


def _earlier(
    log: AnswerLog, spec: MonitorSpec, manifest: Manifest, wanted: tuple[LogSpan, tuple[str, int] | None] | None
) -> tuple[Profile | None, ColumnSummary | None]:
    """Return the summaries of earlier answers' features and predictions; None where there is too little of it."""
    if wanted is None:
        return None, None
    before = log.read(manifest, *wanted)
    if len(before.predictions) < spec.min_rows:
        return None, None
    profile = summarise_table(before.features, before.features.column_names)
    return profile, prediction_summary(before.predictions, manifest, before.features)


def _with_unreadable(measured: WindowMeasures, answers: Answers) -> WindowMeasures:
    """Return the measures with the outcomes counted that are no value of the label's kind."""
    labels = (measured.measures["label_count"] or 0.0) + answers.unreadable
    rows = len(answers.predictions)
    return replace(
        measured,
        measures={
            **measured.measures,
            "label_count": labels,
            "label_coverage": labels / rows if rows else None,
            "unusable_labels": (measured.measures["unusable_labels"] or 0.0) + answers.unreadable,
        },
    )


def _declared(graph: Graph, kinds: tuple[Kind, ...], name: str) -> Spec | None:
    key = name_key(name)
    return next((r.spec for n, r in graph.resources.items() if n.kind in kinds and n.key == key), None)
