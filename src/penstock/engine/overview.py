"""SHOW of a kind: every object of it with what a person asks first, a row an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import pyarrow as pa

from penstock.catalog.evaluations import list_evaluations
from penstock.catalog.versions import CANDIDATE, CHAMPION, Version, aliases, list_versions
from penstock.core.names import Kind, name_key
from penstock.engine import wording
from penstock.engine.artifact import manifest_of
from penstock.engine.deployed import deployed_specs
from penstock.engine.experiment_view import experiments
from penstock.engine.goal import leading_metric
from penstock.engine.result import Result, of_records
from penstock.engine.session import Session
from penstock.engine.status import gate_words, state_words
from penstock.lake.snapshots import table_snapshot
from penstock.lake.tables import exists, schema_of, table_names
from penstock.project.assertion import AssertionSpec
from penstock.project.duration import duration_text
from penstock.project.endpoint import EndpointSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.project.view import ViewSpec
from penstock.sql.quoting import quote_name
from penstock.sql.references import references

TEXT, COUNT, NUMBER, MOMENT = pa.string(), pa.int64(), pa.float64(), pa.timestamp("us", "UTC")
DAY = timedelta(days=1)


def tables(session: Session) -> Result:
    """Return the tables of the lake, those of hand included, and what those of the project keep."""
    declared = {state.name.key: (state, spec) for state, spec in deployed_specs(session, TableSpec)}
    names = table_names(session.connection)
    rows = []
    for name, count in zip(names, _row_counts(session, names), strict=True):
        state, spec = declared.get(name_key(name), (None, None))
        rows.append(
            (
                name,
                count,
                len(schema_of(session.connection, name).names),
                table_snapshot(session.connection, name),
                wording.kept(spec) if spec else "made by hand",
                state and state.updated_at,
                spec and spec.description,
            )
        )
    columns = [("name", TEXT), ("rows", COUNT), ("columns", COUNT), ("snapshot", COUNT), ("kept", TEXT)]
    return of_records([*columns, ("updated_at", MOMENT), ("description", TEXT)], rows)


def _row_counts(session: Session, names: list[str]) -> list[int]:
    if not names:
        return []
    counts = ", ".join(f"(SELECT count(*) FROM {quote_name(name)})" for name in names)
    return [int(count) for count in session.connection.rows(f"SELECT {counts}")[0]]


def views(session: Session) -> Result:
    """Return the views and what they read."""
    rows = []
    for state, spec in deployed_specs(session, ViewSpec):
        read = references(spec.query)
        files = [pattern for file in read.files for pattern in file.patterns]
        sources = [*read.relations, *(f"model {model.name}" for model in read.models), *files]
        rows.append((state.name.name, ", ".join(sources), state.updated_at, spec.description))
    return of_records([("name", TEXT), ("reads", TEXT), ("updated_at", MOMENT), ("description", TEXT)], rows)


def assertions(session: Session) -> Result:
    """Return the assertions and how their last check ended."""
    rows = [
        (
            state.name.name,
            spec.table,
            wording.one_line(spec.predicate),
            spec.severity,
            int(state.state.get("failing", 0)),
            state.updated_at,
            state_words(session, state),
        )
        for state, spec in deployed_specs(session, AssertionSpec)
    ]
    columns = [("name", TEXT), ("table", TEXT), ("check", TEXT), ("severity", TEXT), ("failing_rows", COUNT)]
    return of_records([*columns, ("checked_at", MOMENT), ("status", TEXT)], rows)


def models(session: Session) -> Result:
    """Return the models; figures are the champion's, or the newest version's where none was accepted."""
    rows = []
    for state, spec in deployed_specs(session, ModelSpec):
        known = aliases(session.catalog, spec.name)
        versions = list_versions(session.catalog, spec.name)
        shown = next((found for found in versions if found.number == known.get(CHAMPION)), None)
        shown = shown or (versions[-1] if versions else None)
        manifest = manifest_of(session, shown) if shown is not None else None
        metric = leading_metric(shown.metrics) if shown is not None else None
        rows.append(
            (
                state.name.name,
                spec.model_type,
                (manifest.label if manifest else ", ".join(spec.label_columns)) or None,
                known.get(CHAMPION),
                len(versions),
                shown.created_at if shown is not None else None,
                manifest and manifest.train_rows + manifest.held_out_rows,
                metric,
                shown.metrics[metric] if shown is not None and metric else None,
                gate_words(known, accepted=_waits_accepted(versions, known)),
            )
        )
    columns = [("name", TEXT), ("model_type", TEXT), ("label", TEXT), ("champion", COUNT), ("versions", COUNT)]
    more = [("trained_at", MOMENT), ("rows", COUNT), ("metric", TEXT), ("value", NUMBER), ("status", TEXT)]
    return of_records([*columns, *more], rows)


def _waits_accepted(versions: Sequence[Version], known: Mapping[str, int]) -> bool:
    return any(found.number == known.get(CANDIDATE) and found.status == "accepted" for found in versions)


def goals(session: Session) -> Result:
    """Return the goals and what the gate said of the newest version."""
    rows = [
        (
            state.name.name,
            spec.model,
            wording.one_line(spec.predicate),
            wording.judged_on(spec),
            spec.owner,
            state_words(session, state),
        )
        for state, spec in deployed_specs(session, GoalSpec)
    ]
    columns = [("name", TEXT), ("model", TEXT), ("accept_when", TEXT), ("judged_on", TEXT), ("owner", TEXT)]
    return of_records([*columns, ("status", TEXT)], rows)


def endpoints(session: Session) -> Result:
    """Return the endpoints, who answers, and how often they have answered since midnight, UTC."""
    answered = predictions_today(session)
    rows = []
    for state, spec in deployed_specs(session, EndpointSpec):
        numbers = aliases(session.catalog, spec.model)
        shares = wording.traffic(state.state, numbers)
        first = max(shares, key=lambda name: shares[name], default=None)
        shadow = state.state.get("shadow")
        rows.append(
            (
                state.name.name,
                spec.model,
                first and wording.version_behind(first, numbers),
                wording.traffic_words(shares, numbers),
                shadow and wording.variant(str(shadow), numbers),
                answered.get(state.name.key, 0) if state.state.get("log", True) else None,
                state_words(session, state),
            )
        )
    columns = [("name", TEXT), ("model", TEXT), ("version", COUNT), ("traffic", TEXT), ("shadow", TEXT)]
    return of_records([*columns, ("predictions_today", COUNT), ("status", TEXT)], rows)


def predictions_today(session: Session) -> dict[str, int]:
    """Return by an endpoint's key how many answers since midnight, UTC, have reached the lake."""
    now = session.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not exists(session.connection, "penstock.predictions"):
        return {}
    rows = session.connection.rows(
        "SELECT endpoint, count(*) FROM penstock.predictions "
        'WHERE "at" >= ? AND "at" < ? AND variant <> \'shadow\' GROUP BY endpoint',
        [midnight, midnight + DAY],
    )
    return {name_key(endpoint): count for endpoint, count in rows}


def monitors(session: Session) -> Result:
    """Return the monitors, what they saw last, and since when they have been in their present state."""
    rows = []
    for state, spec in deployed_specs(session, MonitorSpec):
        seen = list_evaluations(session.catalog, spec.name)
        last = seen[0] if seen else None
        rows.append(
            (
                state.name.name,
                f"{spec.watched_kind} {spec.watched}",
                wording.window(spec),
                wording.one_line(spec.predicate),
                wording.monitor_state(last),
                wording.in_state_since(seen),
                last and last.at,
                last and last.rows,
                last and last.reason,
            )
        )
    columns = [("name", TEXT), ("watches", TEXT), ("window", TEXT), ("breach_when", TEXT), ("state", TEXT)]
    more = [("since", MOMENT), ("looked_at", MOMENT), ("rows", COUNT), ("reason", TEXT)]
    return of_records([*columns, *more], rows)


def triggers(session: Session) -> Result:
    """Return the triggers, when they went off last and why, and when they may again."""
    now = session.clock.now()
    rows = [
        (
            state.name.name,
            wording.event(spec.event),
            "; ".join(wording.action(found) for found in spec.actions),
            duration_text(spec.cool_down) if spec.cool_down else "none",
            wording.moment(state.state.get("last_fired")),
            state.state.get("reason"),
            wording.next_firing(spec, state.state, now),
        )
        for state, spec in deployed_specs(session, TriggerSpec)
    ]
    columns = [("name", TEXT), ("waits_for", TEXT), ("does", TEXT), ("cool_down", TEXT), ("fired_at", MOMENT)]
    return of_records([*columns, ("reason", TEXT), ("next", TEXT)], rows)


OVERVIEWS: Mapping[Kind, Callable[[Session], Result]] = {
    Kind.TABLE: tables,
    Kind.VIEW: views,
    Kind.ASSERTION: assertions,
    Kind.MODEL: models,
    Kind.GOAL: goals,
    Kind.ENDPOINT: endpoints,
    Kind.MONITOR: monitors,
    Kind.EXPERIMENT: experiments,
    Kind.TRIGGER: triggers,
}
