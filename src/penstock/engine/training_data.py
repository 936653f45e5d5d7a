"""The rows that a model is trained on: its query run once, TRANSFORM frozen, the judging rows marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import UnknownName, UntrainableModel
from penstock.core.events import Noticed
from penstock.core.options import GivenOption
from penstock.core.scalar_expression import ScalarExpression
from penstock.engine.place import pointing_into
from penstock.engine.query import prepared, relations_read
from penstock.engine.related_count import (
    CountedRows,
    CountingTooLong,
    counted,
    counting_seconds,
    without_counting,
)
from penstock.engine.related_rows import TrainingQuery, training_query
from penstock.engine.session import Session
from penstock.functions.transform import freeze_transform
from penstock.functions.transform_expression import transform_expressions
from penstock.lake.database import Connection
from penstock.lake.snapshots import table_snapshot
from penstock.lake.tables import exists
from penstock.learn.learner import SeriesLearner
from penstock.learn.manifest import Transform
from penstock.learn.registry import learner_of
from penstock.learn.related_feature import RelatedFeatures
from penstock.learn.shared_options import option_specs
from penstock.project.duration import duration_text
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.sql.quoting import quote_identifier, quote_name
from penstock.sql.references import reads_clock
from penstock.sql.statement import Query

# The column that tells the learner which rows judge, when a goal asks for the newest ones.
HELD_OUT = "__held_out"
NEWEST_SHARE = 0.2
_CLOCK = (
    "TRANSFORM reads the clock: what a row gives depends on the day when it is asked. Passing a column with the time "
    "on, computed in the query after AS, keeps training, predictions and endpoints alike."
)


@dataclass(frozen=True)
class NewestRows:
    """Which rows are held out to judge: of the `window` up to the newest in `time_column`, or the newest fifth."""

    time_column: str
    window: timedelta | None

    @classmethod
    def of(cls, goals: Sequence[GoalSpec]) -> NewestRows | None:
        """Return what the first goal with a time column asks for."""
        return next((cls(goal.time_column, goal.window) for goal in goals if goal.time_column), None)


@dataclass(frozen=True)
class TrainingRows:
    """The rows of a model's query after TRANSFORM, the options that go with them, and what they were read from;
    and the rows of its custom_holiday query.

    `expressions` are what TRANSFORM computes, for a graph to compute it too. `related` says which columns were made of
    other tables, `left_out` how many rows there was no time for to make them.
    """

    table: pa.Table
    options: Mapping[str, GivenOption]
    transform: Transform | None
    sources: Mapping[str, int]
    holidays: pa.Table | None = None
    expressions: Mapping[str, ScalarExpression] | None = None
    related: RelatedFeatures | None = None
    left_out: int = 0


def read_training_rows(
    session: Session,
    spec: ModelSpec,
    newest: NewestRows | None,
    *,
    substitutes: Mapping[str, str] | None = None,
) -> TrainingRows:
    """Run the training query and return its rows.

    With `newest`, these rows are held out, so that candidate and champion are judged on what neither has seen; the
    column itself stays in the rows. Raises UserError with its place in the query or TRANSFORM.
    """
    try:
        rows = _read(session, spec, newest, substitutes, counted)
    except CountingTooLong:
        # Once more, since the transaction went with the statement that was interrupted.
        rows = _read(session, spec, newest, substitutes, without_counting)
    if newest is not None and newest.window is not None:
        _refuse_a_window_of_everything(rows.table, spec, newest.window)
    return rows


def _read(
    session: Session,
    spec: ModelSpec,
    newest: NewestRows | None,
    substitutes: Mapping[str, str] | None,
    count: Callable[[Connection, TrainingQuery, str, float], CountedRows],
) -> TrainingRows:
    connection = session.lake.connection()
    try:
        # In one transaction, so that statistics, rows and snapshots are of the same moment.
        with connection.transaction(), training_query(session, spec, connection, substitutes) as query:
            raw, options = _with_newest_held_out(connection, query.own, spec, newest)
            transform, expressions, related, left_out = None, None, None, 0
            if spec.transform is not None:
                if reads_clock(spec.transform):
                    session.listener(Noticed(f"model {spec.name}", _CLOCK))
                with pointing_into(connection, spec.transform, spec.training_query):
                    passed = _passed_through(spec, options)
                    transform, sql = freeze_transform(
                        spec.transform, raw, connection, passed, with_inputs=True, needs_features=_needs_features(spec)
                    )
                    table = connection.table(sql)
                    expressions = transform_expressions(transform, raw, connection, spec.transform.span)
            elif query.related is not None:
                found = count(connection, query, raw, counting_seconds(spec))
                table, related, left_out = found.table, found.related, found.left_out
            else:
                table = connection.table(raw)
            sources = snapshots_read(session, connection, spec)
            holidays = None
            if spec.holidays is not None:
                with prepared(session, spec.holidays, connection, substitutes=substitutes) as asked:
                    holidays = connection.table(asked.sql)
    finally:
        connection.close()
    return TrainingRows(table, options, transform, sources, holidays, expressions, related, left_out)


def _refuse_a_window_of_everything(table: pa.Table, spec: ModelSpec, window: timedelta) -> None:
    if table.num_rows and pc.all(pc.fill_null(table.column(HELD_OUT), True)).as_py():
        message = f"The window of model {spec.name}'s goal, {duration_text(window)}, reaches over all rows there are."
        hint = "Nothing is left to train on: shorten the window, or wait for more rows (a backtest: a later --start)."
        raise UntrainableModel.of(message, span=spec.training_query.span, hint=hint)


def _with_newest_held_out(
    connection: Connection, sql: str, spec: ModelSpec, newest: NewestRows | None
) -> tuple[str, Mapping[str, GivenOption]]:
    if newest is None:
        return sql, spec.options
    columns = connection.columns(sql).names
    time = next((name for name in columns if name.casefold() == newest.time_column.casefold()), None)
    if time is None:
        raise UnknownName.among("column for the goal's time_column,", newest.time_column, columns)
    cut = _cut(quote_identifier(time), newest.window)
    marked = f"SELECT *, {cut} AS {quote_identifier(HELD_OUT)} FROM ({sql}) AS rows_of_model"
    options = dict(spec.options)
    options["data_split_method"] = GivenOption("CUSTOM")
    options["data_split_col"] = GivenOption(HELD_OUT)
    options.pop("data_split_eval_fraction", None)
    return marked, options


def _cut(time: str, window: timedelta | None) -> str:
    """Return the SQL expression that is true for the newest rows."""
    if window is None:
        return f"{time} > (quantile_disc({time}, {1 - NEWEST_SHARE}) OVER ())"
    return f"{time} > (max({time}) OVER ()) - to_microseconds({round(window.total_seconds() * 1_000_000)})"


def _needs_features(spec: ModelSpec) -> bool:
    learner = learner_of(spec.model_type)
    return not isinstance(learner, SeriesLearner) or learner.reads_other_columns


def _passed_through(spec: ModelSpec, options: Mapping[str, GivenOption]) -> list[str]:
    """Return the columns that TRANSFORM must leave alone: the label, and those that options name."""
    learner = learner_of(spec.model_type)
    label = (spec.label_columns or ("label",)) if learner.task.learns_from_label else ()
    named = [option.name for option in option_specs(learner) if option.names_column]
    given = [options[name].value for name in named if name in options]
    return [*label, *(str(name) for value in given for name in (value if isinstance(value, list) else [value]))]


def snapshots_read(session: Session, connection: Connection, spec: ModelSpec) -> dict[str, int]:
    """Return the snapshot that last changed each table which the model's query reads, through views too."""
    found = {}
    for name in read_by(session, spec):
        if exists(connection, name) and (snapshot := table_snapshot(connection, name)) is not None:
            found[name] = snapshot
    return found


def read_by(session: Session, spec: ModelSpec) -> list[str]:
    """Return the tables and views that a training reads, directly and through views, each once."""
    queries = [query for query in (spec.query, spec.holidays) if query is not None]
    names = [name for query in queries for name in relations_read(session, query)]
    for table in spec.related_tables:
        names += relations_read(session, Query(f"SELECT * FROM {quote_name(table.table)}", "duckdb", queries[0].span))
    return list(dict.fromkeys(names))
