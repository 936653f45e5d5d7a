"""ML.FEATURES_AT_TIME and ML.ENTITY_FEATURES_AT_TIME: features as they were known at a point in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.column_choice import chosen_column, is_flat
from penstock.functions.function import Call, FunctionSpec, InputRows, OutputColumn
from penstock.functions.literal import text_sql
from penstock.lake.database import ArrowRows
from penstock.sql.quoting import quote_identifier

ENTITY, STAMP, MOMENT = "entity_id", "feature_timestamp", "time"
# The names of what is computed beside the features.
POSITION, LATEST = "penstock_position", "penstock_latest"


def features_at_time(call: Call) -> ArrowRows:
    """Return each entity's newest rows that are not later than `time`."""
    rows = call.rows
    entity, stamp = _keys(call, rows)
    given = cast("str | None", call.options["time"])
    cutoff = "now()" if given is None else f"TIMESTAMPTZ {text_sql(moment_of(given).isoformat())}"
    key, time = quote_identifier(entity), quote_identifier(stamp)
    # What is later is left out before anything is filled in or counted.
    known = f"SELECT * FROM ({rows.sql}) WHERE CAST({time} AS TIMESTAMPTZ) <= {cutoff}"
    if arrival := _arrival(call, rows):
        known += f" AND CAST({arrival} AS TIMESTAMPTZ) <= {cutoff}"
    ordered = f"PARTITION BY {key} ORDER BY {time} DESC, {_tie_breakers(rows, entity, stamp)}"
    kind = f"CAST({cutoff} AS {_sql_type(rows, stamp)})"
    return call.environment.query(
        f"WITH known AS ({known}), filled AS ({_filled(call, rows, entity, stamp)}), "
        f"newest AS (SELECT * FROM filled QUALIFY row_number() OVER ({ordered}) <= {call.options['num_rows']}) "
        f"SELECT * REPLACE ({kind} AS {time}) FROM newest"
    )


def entity_features_at_time(call: Call) -> ArrowRows:
    """Return, for each entity and time of the second data, the entity's newest rows that are not later."""
    rows, moments = call.rows, call.second_rows
    entity, stamp = _keys(call, rows)
    who = chosen_column(call, moments, ENTITY, is_flat, "a single value")
    when = chosen_column(call, moments, MOMENT, _is_moment, "a TIMESTAMP")
    if rows.schema.field(entity).type != moments.schema.field(who).type:
        raise BadData.of(
            f"The two {ENTITY} columns of {call.name} are of different types: "
            f"{rows.schema.field(entity).type} and {moments.schema.field(who).type}.",
            span=call.span,
            hint="CAST one of them in a query.",
        )
    if arrival := _arrival(call, rows):
        return call.environment.query(_arrived(call, rows, (entity, stamp, arrival), (who, when)))
    key, time = quote_identifier(entity), quote_identifier(stamp)
    newest = f"(PARTITION BY {key} ORDER BY {time}, {_tie_breakers(rows, entity, stamp)} DESC)"
    listed = ", ".join(
        f"CAST(moments.moment AS {_sql_type(rows, stamp)}) AS {quote_identifier(name)}"
        if name == stamp
        else f"numbered.{quote_identifier(name)}"
        for name in rows.schema.names
    )
    # Each row is numbered within its entity, so that the few before the latest one are found without a sort.
    return call.environment.query(
        f"WITH known AS (SELECT * FROM ({rows.sql}) WHERE {time} IS NOT NULL), "
        f"filled AS ({_filled(call, rows, entity, stamp)}), "
        f"numbered AS (SELECT *, row_number() OVER {newest} AS {POSITION} FROM filled), "
        f"reached AS (SELECT {key} AS entity, CAST({time} AS TIMESTAMPTZ) AS moment, max({POSITION}) AS {LATEST} "
        "FROM numbered GROUP BY ALL), "
        f"asked AS (SELECT {quote_identifier(who)} AS entity, CAST({quote_identifier(when)} AS TIMESTAMPTZ) AS moment "
        f"FROM ({moments.sql})), "
        f"moments AS (SELECT asked.entity, asked.moment, reached.{LATEST} FROM asked ASOF JOIN reached "
        "ON asked.entity = reached.entity AND asked.moment >= reached.moment) "
        f"SELECT {listed} FROM moments JOIN numbered ON numbered.{key} = moments.entity "
        f"AND numbered.{POSITION} <= moments.{LATEST} "
        f"AND numbered.{POSITION} > moments.{LATEST} - {call.options['num_rows']}"
    )


def _arrived(call: Call, rows: InputRows, keys: tuple[str, str, str], asked: tuple[str, str]) -> str:
    """Return the query of each entity's newest rows that are not later, and had arrived, at each time that is asked.

    What had arrived is another set of rows at each time, so that every row meets every time of its entity.
    """
    entity, stamp, arrival = keys
    key, time = f"known.{quote_identifier(entity)}", f"known.{quote_identifier(stamp)}"
    who, when = (quote_identifier(name) for name in asked)
    kind = _sql_type(rows, stamp)
    order = f"PARTITION BY penstock_asked ORDER BY {quote_identifier(stamp)}"
    return (
        f"WITH asked AS (SELECT row_number() OVER () AS penstock_asked, {who} AS entity, "
        f"CAST({when} AS TIMESTAMPTZ) AS moment FROM ({call.second_rows.sql})), "
        f"known AS (SELECT asked.penstock_asked, asked.moment AS penstock_moment, known.* "
        f"FROM asked JOIN ({rows.sql}) AS known ON asked.entity = {key} "
        f"AND CAST({time} AS TIMESTAMPTZ) <= asked.moment AND CAST(known.{arrival} AS TIMESTAMPTZ) <= asked.moment), "
        f"filled AS ({_filled(call, rows, entity, stamp, partition='penstock_asked')}) "
        f"SELECT * EXCLUDE (penstock_asked, penstock_moment) "
        f"REPLACE (CAST(penstock_moment AS {kind}) AS {quote_identifier(stamp)}) FROM filled "
        f"QUALIFY row_number() OVER ({order} DESC, {_tie_breakers(rows, entity, stamp)}) <= {call.options['num_rows']}"
    )


def _arrival(call: Call, rows: InputRows) -> str | None:
    """Return the column of the time at which a row was there, quoted; None where no option names it."""
    name = call.options["arrival_time_column"]
    return None if name is None else quote_identifier(chosen_column(call, rows, str(name), _is_moment, "a TIMESTAMP"))


def _keys(call: Call, rows: InputRows) -> tuple[str, str]:
    """Return the columns of the entity and of the time, as the data spells them."""
    entity = chosen_column(call, rows, ENTITY, is_flat, "a single value")
    return entity, chosen_column(call, rows, STAMP, _is_moment, "a TIMESTAMP")


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _filled(call: Call, rows: InputRows, entity: str, stamp: str, *, partition: str | None = None) -> str:
    """Return the query of the known rows, each NULL replaced by what its entity had before, where that is asked."""
    features = [name for name in rows.schema.names if name not in (entity, stamp)]
    if not call.options["ignore_feature_nulls"] or not features:
        return "SELECT * FROM known"
    key, time = partition or quote_identifier(entity), quote_identifier(stamp)
    replaced = ", ".join(
        f"last_value({quote_identifier(name)} IGNORE NULLS) OVER earlier AS {quote_identifier(name)}"
        for name in features
    )
    order = f"{time}, {_tie_breakers(rows, entity, stamp)} DESC"
    return (
        f"SELECT * REPLACE ({replaced}) FROM known WINDOW earlier AS "
        f"(PARTITION BY {key} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    )


def _tie_breakers(rows: InputRows, entity: str, stamp: str) -> str:
    """Return the order of rows of one entity and time, so that the same one is the newest again."""
    features = [quote_identifier(name) for name in rows.schema.names if name not in (entity, stamp)]
    return f"row({', '.join(features)})" if features else "0"


def _sql_type(rows: InputRows, column: str) -> str:
    kind = rows.schema.field(column).type
    if pa.types.is_date(kind):
        return "DATE"
    return "TIMESTAMP" if kind.tz is None else "TIMESTAMPTZ"


def moment_of(text: str) -> datetime:
    """Return the moment of a text; without a zone it is UTC."""
    moment = datetime.fromisoformat(text.strip().removesuffix("UTC").strip())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def moment_problem(value: OptionValue) -> str | None:
    """Return what an option must be that is a moment, None for one that is."""
    wanted = "a timestamp such as '2023-01-01 12:00:00+00'"
    if value is None:
        return None
    if not isinstance(value, str):
        return wanted
    try:
        moment_of(value)
    except ValueError:
        return wanted
    return None


NUM_ROWS = OptionSpec("num_rows", "integer", 1, "The most rows of an entity at a time.", minimum=1)
IGNORE_NULLS = OptionSpec(
    "ignore_feature_nulls",
    "boolean",
    False,
    "Whether a NULL is replaced by the entity's newest earlier value of that feature.",
)
ARRIVAL = OptionSpec(
    "arrival_time_column",
    "string",
    None,
    "The column of the time at which a row had arrived: a row counts only from then on, whatever its "
    "`feature_timestamp` says. Rows without it never count.",
)
OUTPUT_ENTITY = OutputColumn(ENTITY, "any", "The entity; its column stands where the data has it.")
FEATURES = OutputColumn("<feature>", "any", "Every other column of the data.")
NOTES = (
    (
        "The data has a column `entity_id`, a column `feature_timestamp`, and any number of features, in any order; "
        "the result has the same columns in the same order."
    ),
    (
        "Times without a zone are UTC. Rows without a time are left out. Of rows of the same time the least in the "
        "order of their features is the newest."
    ),
)
SAMPLE = (
    "SELECT CAST(번호 % 3 AS VARCHAR) AS entity_id, x, "
    "TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (번호) HOUR AS feature_timestamp FROM rows"
)

FEATURES_AT_TIME = FunctionSpec(
    name="ML.FEATURES_AT_TIME",
    summary="Gives the newest features of every entity that were known at a time, so that nothing later leaks in.",
    run=features_at_time,
    input="required",
    model=False,
    named=True,
    options=(
        OptionSpec(
            "time",
            "any",
            None,
            "The time up to which features count, a constant; without it, now.",
            check=moment_problem,
        ),
        NUM_ROWS,
        IGNORE_NULLS,
        ARRIVAL,
    ),
    output=(
        OUTPUT_ENTITY,
        OutputColumn(STAMP, "TIMESTAMP", "The `time` that was asked for, in the type of the data's column."),
        FEATURES,
    ),
    sample=f"({SAMPLE}), time => '2024-01-02 00:00:00+00'",
    example="SELECT * FROM ML.FEATURES_AT_TIME(TABLE customer_features, time => '2023-01-01 12:00:00+00')",
    notes=NOTES,
)

ENTITY_FEATURES_AT_TIME = FunctionSpec(
    name="ML.ENTITY_FEATURES_AT_TIME",
    summary="Gives the newest features that were known of an entity at a time, for many entities and times.",
    run=entity_features_at_time,
    input="required",
    second_input="required",
    model=False,
    named=True,
    options=(NUM_ROWS, IGNORE_NULLS, ARRIVAL),
    output=(
        OUTPUT_ENTITY,
        OutputColumn(STAMP, "TIMESTAMP", "The `time` of the second data, in the type of the first's column."),
        FEATURES,
    ),
    sample=f"({SAMPLE}), (SELECT '1' AS entity_id, TIMESTAMPTZ '2024-01-02 00:00:00+00' AS time)",
    example="SELECT * FROM ML.ENTITY_FEATURES_AT_TIME(TABLE customer_features, TABLE churn_dates, num_rows => 2)",
    notes=(
        *NOTES,
        (
            "The second data has the columns `entity_id` and `time`. A row of it gives nothing where its entity has no "
            "features that early, and the same features again where it stands twice."
        ),
    ),
)
