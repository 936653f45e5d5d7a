"""AI.KEY_DRIVERS: which segments of the rows moved a sum, without a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import BadData, InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.column_choice import chosen_column, is_flat, is_number
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.get_insights import DIMENSION, SUPPORT
from penstock.lake.database import ArrowRows
from penstock.learn.contribution import MetricForm, find_segments, insight_table
from penstock.learn.contribution_analysis import (
    check_dimensions,
    read_facts,
    read_metric,
    support_limits,
    told_left_out,
    without_null,
)
from penstock.sql.quoting import quote_identifier

MOST_DIMENSIONS = 12
_RENAMED = {"contributors": "drivers", "metric_test": "metric_interest", "metric_control": "metric_reference"}


def key_drivers(call: Call) -> ArrowRows:
    """Return one row a segment, those that moved the sum most first."""
    metric, dimensions, label = _columns(call)
    least, most = support_limits(call.options, "top_k")
    kinds = pa.schema([call.rows.schema.field(name) for name in dimensions])
    check_dimensions(kinds.empty_table(), MOST_DIMENSIONS)
    sql = _summed(call, metric, dimensions, label, signed=least == 0)
    numbers = [column.name for column in KEY_DRIVERS.output[2:]]
    columns = [*kinds, ("drivers", pa.list_(pa.string())), *((name, pa.float64()) for name in numbers)]
    schema = pa.schema(columns)

    def batches() -> Iterator[pa.RecordBatch]:
        described = call.environment.query(sql)
        table = pa.Table.from_batches(described.batches(), described.schema)
        if not table.num_rows:
            return
        known = without_null(table.select([0, *range(2, table.num_columns - 1)]).columns)
        for note in told_left_out(pc.sum(table.filter(pc.invert(known))["number"]).as_py() or 0):
            call.environment.notice(note)
        table = table.filter(known)
        chosen = table.select([f"dimension_{place}" for place in range(len(dimensions))]).rename_columns(dimensions)
        form = MetricForm.SUM
        facts, _ = read_facts(table["label"], chosen, table.select(["metric"]), form, signed=least == 0)
        segments = find_segments(facts, least=least, most=most, prune=call.options["enable_pruning"] is True)
        found = insight_table(facts, segments, form)
        names = [_RENAMED.get(name, name) for name in found.column_names[len(dimensions) :]]
        yield from found.rename_columns([*dimensions, *names]).cast(schema).to_batches()

    return ArrowRows(schema, batches)


def _columns(call: Call) -> tuple[str, list[str], str]:
    """Return the columns of the metric, the dimensions and the label, as the data spells them."""
    for name in ("metric_col", "dimension_cols", "interest_label_col"):
        if call.options[name] is None:
            raise InvalidOption.of(f"{call.name} needs {name}.", span=call.span, hint=f"Write {KEY_DRIVERS.signature}.")
    written = str(call.options["metric_col"])
    summed = read_metric(written)
    metric = chosen_column(call, call.rows, summed.columns[0] if summed else written, is_number, "a number")
    label = chosen_column(call, call.rows, str(call.options["interest_label_col"]), pa.types.is_boolean, "a BOOL")
    named = cast("list[str]", call.options["dimension_cols"])
    dimensions = [chosen_column(call, call.rows, name, is_flat, "a single value") for name in named]
    twice = [name for name in dimensions if name in (metric, label) or dimensions.count(name) > 1]
    if twice:
        raise InvalidOption.of(f"{call.name} names the column {twice[0]!r} twice.", span=call.span)
    return metric, dimensions, label


def _summed(call: Call, metric: str, dimensions: list[str], label: str, *, signed: bool) -> str:
    """Return the query of the sum of the rows that are alike in all dimensions: far fewer rows than the data's."""
    amount = quote_identifier(metric)
    if not signed:
        message = f"The metric's column {metric!r} is negative in some rows."
        hint = "Shares of it need amounts of at least 0; with min_apriori_support => 0 every segment is given."
        with_negative = f"SELECT 1 FROM ({call.rows.sql}) WHERE {amount} < 0 LIMIT 1"
        if any(batch.num_rows for batch in call.environment.stream(with_negative).batches):
            raise BadData.of(message, span=call.span, hint=hint)
    listed = [f"{quote_identifier(name)} AS dimension_{place}" for place, name in enumerate(dimensions)]
    return (
        f"SELECT {quote_identifier(label)} AS label, count(*) AS number, {', '.join(listed)}, "
        f"sum(CAST({amount} AS DOUBLE)) AS metric FROM ({call.rows.sql}) GROUP BY ALL ORDER BY ALL"
    )


def _metric_problem(value: OptionValue) -> str | None:
    read = read_metric(str(value)) if value is not None else None
    return "a column, or SUM(column)" if read is not None and read.form is not MetricForm.SUM else None


def _number(name: str, doc: str) -> OutputColumn:
    return OutputColumn(name, "FLOAT64", doc)


KEY_DRIVERS = FunctionSpec(
    name="AI.KEY_DRIVERS",
    summary="Shows which segments of the rows moved a sum between two sets of rows, those that moved it most first.",
    run=key_drivers,
    input="required",
    model=False,
    named=True,
    options=(
        OptionSpec("metric_col", "string", None, "What is summed: a column, or SUM(column).", check=_metric_problem),
        OptionSpec(
            "dimension_cols",
            "string list",
            None,
            f"The columns (INT64, BOOL or STRING; {MOST_DIMENSIONS} at most) by whose values rows make up segments.",
        ),
        OptionSpec(
            "interest_label_col",
            "string",
            None,
            "The BOOL column that is TRUE for the rows of interest and FALSE for those to compare with.",
        ),
        OptionSpec(
            "min_apriori_support",
            "number",
            None,
            "The least share of the sum that a segment has in one of the sets; 0.1 unless top_k is given.",
            minimum=0,
            maximum=1,
        ),
        OptionSpec(
            "top_k",
            "integer",
            None,
            "How many segments to give, those of the greatest support.",
            minimum=1,
            maximum=1_000_000,
        ),
        OptionSpec(
            "enable_pruning",
            "boolean",
            True,
            "Of segments over the same sums of which one lies within the other, give only the narrower.",
        ),
    ),
    output=(
        DIMENSION,
        OutputColumn("drivers", "ARRAY<STRING>", "The segment, `dimension=value` each; `all` for all rows."),
        _number("metric_interest", "The sum over the segment's rows of interest."),
        _number("metric_reference", "The sum over the rows that they are compared with."),
        _number("difference", "The first less the second."),
        _number("relative_difference", "The difference as a share of the second."),
        _number(
            "unexpected_difference",
            "The first less what it would be, had the segment changed as all other rows have.",
        ),
        _number("relative_unexpected_difference", "The same as a share of what would be."),
        SUPPORT,
        _number("contribution", "The size of the difference."),
    ),
    sample=(
        "(SELECT 금액, word, 번호 > 30 AS late FROM rows), metric_col => '금액', dimension_cols => ['word'], "
        "interest_label_col => 'late'"
    ),
    example=(
        "SELECT drivers, difference FROM AI.KEY_DRIVERS(TABLE sales, metric_col => 'revenue', "
        "dimension_cols => ['city', 'product'], interest_label_col => 'is_new')"
    ),
    notes=("Rows with a NULL in a dimension or in the label are left out, and told of.",),
)
