"""CONTRIBUTION_ANALYSIS: which segments of the rows account for the change of a metric between control and test."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption, UnknownName, UntrainableModel
from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.learn.contribution import Facts, MetricForm, Segments, dimension_codes, find_segments, insight_table
from penstock.learn.feature_column import feature_type, numbers
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.schema import FeatureType, Task

Floats = NDArray[np.float64]
INSIGHTS = "insights.arrow"
# BigQuery ML's limits.
MOST_DIMENSIONS, MOST_DIMENSIONS_OF_ALL = 50, 13
DEFAULT_SUPPORT = 0.1
PRUNING = ("NO_PRUNING", "PRUNE_REDUNDANT_INSIGHTS")
CONTRIBUTION_METRICS = ("difference", "relative_difference", "insights")
_NAME = r"\s*(?:`([^`]+)`|\"([^\"]+)\"|([^\s()`\"]+))\s*"
_FORMS = {
    MetricForm.SUM: re.compile(rf"\s*SUM\s*\({_NAME}\)\s*", re.IGNORECASE),
    MetricForm.RATIO: re.compile(rf"\s*SUM\s*\({_NAME}\)\s*/\s*SUM\s*\({_NAME}\)\s*", re.IGNORECASE),
    MetricForm.BY_CATEGORY: re.compile(
        rf"\s*SUM\s*\({_NAME}\)\s*/\s*COUNT\s*\(\s*DISTINCT\s{_NAME}\)\s*", re.IGNORECASE
    ),
}
_SHAPES = "SUM(a), SUM(a) / SUM(b) or SUM(a) / COUNT(DISTINCT b)"


@dataclass(frozen=True)
class ContributionMetric:
    """A metric's form and its columns, in the order in which they stand in it."""

    form: MetricForm
    columns: tuple[str, ...]


def read_metric(text: str) -> ContributionMetric | None:
    """Return the metric that an expression asks for, None for one of another form.

    >>> read_metric("sum(cost) / SUM(clicks)").columns
    ('cost', 'clicks')
    """
    for form, pattern in _FORMS.items():
        found = pattern.fullmatch(text)
        if found:
            return ContributionMetric(form, tuple(name for name in found.groups() if name is not None))
    return None


def metric_columns(options: Mapping[str, OptionValue]) -> frozenset[str]:
    """Return the columns that the metric of the options reads, case folded; none where it is not given."""
    metric = read_metric(str(options["contribution_metric"]))
    return frozenset(name.casefold() for name in metric.columns) if metric else frozenset()


class ContributionAnalysis:
    """What moved a metric."""

    model_type = "contribution_analysis"
    task = Task.CONTRIBUTION
    summary = (
        "Which segments of the rows account for the change of a metric between two sets of rows: BUC (Beyer and "
        "Ramakrishnan 1999) with Apriori's support, in NumPy; ratios by Aumann and Shapley."
    )
    options = (
        OptionSpec(
            "contribution_metric",
            "string",
            None,
            f"What to explain: {_SHAPES}. It must be given.",
            check=lambda value: None if value is None or read_metric(str(value)) else _SHAPES,
        ),
        OptionSpec(
            "is_test_col",
            "string",
            None,
            "The BOOL column that is TRUE for rows of the test set and FALSE for those of the control set. It must be "
            "given.",
            names_column=True,
        ),
        OptionSpec(
            "dimension_id_cols",
            "string list",
            None,
            "The columns (INT64, BOOL or STRING) by whose values rows make up segments; without it every column that "
            "no other option names. Rows with a NULL in one of them are left out.",
            names_column=True,
        ),
        OptionSpec(
            "min_apriori_support",
            "number",
            None,
            f"The least share of the metric that a segment has in one of the sets ({DEFAULT_SUPPORT} unless "
            "top_k_insights_by_apriori_support is given). Unless it is 0 the metric's columns hold nothing negative.",
            minimum=0,
            maximum=1,
        ),
        OptionSpec(
            "top_k_insights_by_apriori_support",
            "integer",
            None,
            "How many segments to give, those of the greatest support, all rows among them.",
            minimum=1,
            maximum=1_000_000,
        ),
        OptionSpec(
            "pruning_method",
            "string",
            "NO_PRUNING",
            "PRUNE_REDUNDANT_INSIGHTS: of segments over the same amounts of which one lies within the other, only the "
            "narrower stays.",
            choices=PRUNING,
        ),
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Find the segments; raises InvalidOption or UntrainableModel for what cannot be explained."""
        begun = time.perf_counter()
        least, most = support_limits(options, "top_k_insights_by_apriori_support")
        metric, dimensions, unread = _columns(data, options)
        check_dimensions(dimensions, MOST_DIMENSIONS_OF_ALL if least == 0 else MOST_DIMENSIONS)
        is_test = data.named["is_test_col"].column(0)
        amounts = data.columns.select(metric.columns)
        facts, notes = read_facts(is_test, dimensions, amounts, metric.form, signed=least == 0)
        progress(0, 1, "")
        segments = find_segments(facts, least=least, most=most, prune=options["pruning_method"] == PRUNING[1])
        insights = insight_table(facts, segments, metric.form)
        iteration = Iteration(0, 0, 0.0, None, None, round((time.perf_counter() - begun) * 1000))
        return FittedModel(
            None,
            (iteration,),
            {"contribution": {"form": str(metric.form), "dimensions": list(facts.names)}},
            notes=(*notes, *unread),
            files={INSIGHTS: _as_file(insights)},
            metrics=_summary(segments, metric.form, insights),
        )


def support_limits(options: Mapping[str, OptionValue], top_k: str) -> tuple[float, int | None]:
    """Return the least support and the most segments that options ask for; raises InvalidOption for both at once."""
    least, most = options["min_apriori_support"], cast("int | None", options[top_k])
    if most is not None and least is not None:
        message = f"Options min_apriori_support and {top_k} exclude each other."
        raise InvalidOption.of(message, hint="Give one of them.", option=top_k)
    if most is not None:
        # No segment without a share of the metric is an insight.
        return float(np.finfo(np.float64).tiny), most
    return (DEFAULT_SUPPORT if least is None else number_of(options, "min_apriori_support")), None


def _columns(
    data: TrainingData, options: Mapping[str, OptionValue]
) -> tuple[ContributionMetric, pa.Table, tuple[str, ...]]:
    """Return the metric, its columns as the data spells them, the columns of the dimensions, and notes on others."""
    text = options["contribution_metric"]
    if text is None:
        raise InvalidOption.of("The model has no contribution_metric.", hint=f"Give {_SHAPES}.")
    if options["is_test_col"] is None:
        message = "The model has no is_test_col: the column that says which rows are test and which control."
        raise InvalidOption.of(message, hint="Give OPTIONS (is_test_col = '…').")
    written = read_metric(str(text))
    assert written is not None, "The option's check reads it first."
    spelled = {name.casefold(): name for name in data.columns.column_names}
    for name in written.columns:
        if name.casefold() not in spelled:
            raise UnknownName.among(
                "column of contribution_metric", name, spelled.values(), option="contribution_metric"
            )
    metric = ContributionMetric(written.form, tuple(spelled[name.casefold()] for name in written.columns))
    others = [name for name in data.columns.column_names if name not in metric.columns]
    given = data.named.get("dimension_id_cols")
    if given is None:
        return metric, data.columns.select(others), ()
    names = ", ".join(repr(name) for name in others)
    return metric, given, (f"The columns {names} are not read: no option names them.",) if others else ()


def check_dimensions(dimensions: pa.Table, most: int) -> None:
    """Raise UntrainableModel for columns that cannot be dimensions, or for none, or too many."""
    if not dimensions.num_columns:
        raise UntrainableModel.of("There is no dimension.", hint="Select columns to divide the rows by.")
    if dimensions.num_columns > most:
        raise UntrainableModel.of(
            f"There are {dimensions.num_columns} dimensions; there can be {most} at most.",
            hint="Leave some out, or ask for segments of some size with min_apriori_support.",
        )
    for field in dimensions.schema:
        kind = feature_type(field.type)
        if kind not in (FeatureType.STRING, FeatureType.BOOLEAN) and not pa.types.is_integer(field.type):
            raise UntrainableModel.of(
                f"The dimension {field.name!r} has the type {field.type}; it must be INT64, BOOL or STRING.",
                hint="CAST it, or sort its values into buckets with ML.BUCKETIZE.",
            )


def read_facts(
    is_test: pa.ChunkedArray, dimensions: pa.Table, amounts: pa.Table, form: MetricForm, *, signed: bool
) -> tuple[Facts, tuple[str, ...]]:
    """Return the rows to explain, and what to tell of those that are left out.

    `amounts` are the columns of the metric. With `signed` they may be negative. Raises UntrainableModel for a set
    without rows, and for amounts that cannot be summed.
    """
    if not pa.types.is_boolean(is_test.type):
        message = f"The column that tells test from control is {is_test.type}; it must be BOOL."
        raise UntrainableModel.of(message, option="is_test_col")
    known = without_null((is_test, *dimensions.columns))
    kept = pc.filter(is_test, known)
    left_out = len(is_test) - len(kept)
    tests = pc.sum(kept).as_py() or 0
    if tests in (0, len(kept)):
        which = "test" if not tests else "control"
        without = f", {left_out:,} with a NULL left out" if left_out else ""
        raise UntrainableModel.of(f"There are no rows of the {which} set among {len(is_test):,}{without}.")
    dimensions, amounts = dimensions.filter(known), amounts.filter(known)
    values, codes = dimension_codes(dimensions.columns)
    summed = amounts.column_names[: 1 if form is MetricForm.BY_CATEGORY else None]
    columns = [_amounts(name, amounts.column(name), signed=signed) for name in summed]
    category = _category(amounts.column(1)) if form is MetricForm.BY_CATEGORY else None
    facts = Facts(
        tuple(dimensions.column_names),
        values,
        codes,
        kept.combine_chunks().to_numpy(zero_copy_only=False),
        np.stack(columns, axis=1),
        category,
    )
    return facts, told_left_out(left_out)


def without_null(columns: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return which rows hold a value in every column."""
    return reduce(pc.and_, (pc.is_valid(column) for column in columns))


def told_left_out(rows: int) -> tuple[str, ...]:
    """Return what to tell of rows that are left out, if any are."""
    words = ("1 row has", "is") if rows == 1 else (f"{rows:,} rows have", "are")
    return (f"{words[0]} a NULL in a dimension or in the test column and {words[1]} left out.",) if rows else ()


def _amounts(name: str, column: pa.ChunkedArray, *, signed: bool) -> Floats:
    """Return a column of amounts, 0 for NULL, which adds nothing to a sum."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        message = f"The metric's column {name!r} has the type {kind}, not a number."
        raise UntrainableModel.of(message, option="contribution_metric")
    known = pc.fill_null(column, 0)
    values = np.concatenate([numbers(chunk) for chunk in known.chunks] or [np.empty(0)])
    wrong = int(np.count_nonzero(~np.isfinite(values)))
    if wrong:
        message = f"The metric's column {name!r} is NaN or infinite in {wrong:,} rows."
        raise UntrainableModel.of(
            message, hint="Leave these rows out, or make them NULL.", option="contribution_metric"
        )
    below = int(np.count_nonzero(values < 0))
    if below and not signed:
        raise UntrainableModel.of(
            f"The metric's column {name!r} is negative in {below:,} rows.",
            hint="Shares of it need amounts of at least 0; with min_apriori_support = 0 every segment is given.",
            option="contribution_metric",
        )
    return values


def _category(column: pa.ChunkedArray) -> NDArray[np.int64]:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_nested(kind):
        message = f"COUNT(DISTINCT …) counts no values of the type {kind}."
        raise UntrainableModel.of(message, hint="CAST the column to INT64 or STRING.", option="contribution_metric")
    array = column.combine_chunks()
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    codes: NDArray[np.int64] = pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return codes


def _summary(segments: Segments, form: MetricForm, insights: pa.Table) -> dict[str, float | None]:
    """Return the change of the metric over all rows, and how many segments there are."""
    control, test = segments.amounts[0, 0], segments.amounts[0, 1]
    if form is not MetricForm.SUM and (control[1] == 0 or test[1] == 0):
        return {"difference": None, "relative_difference": None, "insights": float(insights.num_rows)}
    before, after = (float(side[0] if form is MetricForm.SUM else side[0] / side[1]) for side in (control, test))
    relative = (after - before) / before if before else None
    return {"difference": after - before, "relative_difference": relative, "insights": float(insights.num_rows)}


def _as_file(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_insights(files: Mapping[str, bytes]) -> pa.Table:
    """Return the insights that a fitted model's files hold."""
    with pa.ipc.open_file(pa.BufferReader(files[INSIGHTS])) as reader:
        return reader.read_all()
