"""ML.VALIDATE_DATA_DRIFT and ML.VALIDATE_DATA_SKEW: which columns have moved since then, or since training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.core.options import OptionSpec
from penstock.drift.registry import DETECTORS
from penstock.drift.summary import (
    PROFILE,
    CategorySummary,
    ColumnSummary,
    merge,
    profile_from_json,
    summarise_against,
)
from penstock.functions.data_column import data_columns
from penstock.functions.data_comparison import (
    L_INFTY,
    LIMITS,
    OUTPUT,
    SCHEMA,
    Comparison,
    compared,
    comparison_batches,
    read_limits,
)
from penstock.functions.function import Call, FunctionSpec
from penstock.functions.tfdv_statistics import BUCKETS, distribution_of, statistics_of
from penstock.functions.transform import is_passed_on
from penstock.lake.database import ArrowRows
from penstock.learn.feature_column import flatten
from penstock.learn.manifest import RAW_INPUT, Manifest
from penstock.learn.schema import TRANSFORMED


def validate_data_drift(call: Call) -> ArrowRows:
    """Return how far each column that both data sets have moved from the first to the second."""
    sides = (call.rows, call.second_rows)
    first, second = ({column.name.casefold(): column.name for column in data_columns(call, rows)} for rows in sides)
    common = [name for key, name in first.items() if key in second]
    if not common:
        message = f"The two data sets of {call.name} have no column in common: {_listed(first)} and {_listed(second)}."
        raise BadData.of(message, span=call.span, hint="Name them alike in a query: SELECT a AS b FROM t.")
    limits = read_limits(call.options, common, call.span)

    def found() -> list[Comparison]:
        base, study = (
            {statistics.column.name: distribution_of(statistics) for statistics in statistics_of(call, rows)}
            for rows in sides
        )
        comparisons, skipped = compared(base, study, limits)
        _tell(call, skipped, [comparison.value for comparison in comparisons])
        return comparisons

    return ArrowRows(SCHEMA, lambda: comparison_batches(found))


def validate_data_skew(call: Call) -> ArrowRows:
    """Return how far each column of the data is from what the model was trained on."""
    profile = _profile(call)
    limits = read_limits(call.options, profile, call.span)

    def found() -> list[Comparison]:
        comparisons = []
        skipped, summaries = _summaries(call, profile)
        for name, (reference, now) in summaries.items():
            numeric = not isinstance(reference, CategorySummary)
            metric = limits.metric(numeric=numeric)
            value = DETECTORS["l_infinity" if metric == L_INFTY else "js"].distance(reference, now)
            comparisons.append(Comparison(name, metric, limits.threshold(name, numeric=numeric), value))
        _tell(call, skipped, [comparison.value for comparison in comparisons])
        return comparisons

    return ArrowRows(SCHEMA, lambda: comparison_batches(found))


def _profile(call: Call) -> dict[str, ColumnSummary]:
    """Return the profile of the model's inputs that the data has, by the names of training, before TRANSFORM.

    Raises BadData for a model without one.
    """
    model = call.fitted
    kept = profile_from_json(model.files[PROFILE].decode()) if PROFILE in model.files else {}
    keys = _profile_keys(model.manifest)
    inputs = {name: kept[key] for name, key in keys.items() if key in kept}
    if not inputs:
        raise BadData.of(
            f"Model {call.model_name} has no profile of its training data.", span=call.span, hint="Train it again."
        )
    given = {name.casefold(): name for name in flatten(call.rows.schema.empty_table()).column_names}
    found = {name: summary for name, summary in inputs.items() if name.casefold() in given}
    if not found:
        message = f"The data has none of the columns of model {call.model_name}: {_listed(given)} and not "
        raise BadData.of(f"{message}{_listed({name: name for name in inputs})}.", span=call.span)
    return found


def _profile_keys(manifest: Manifest) -> dict[str, str]:
    """Return under what name each input of a model stands in its profile: as a feature where it is one unchanged."""
    transform = manifest.transform
    if transform is None:
        return {feature.name: feature.name for feature in manifest.features}
    plain = {column.name.casefold(): column.name for column in transform.columns if is_passed_on(column)}
    names = [feature.name for feature in transform.inputs]
    return {name: plain.get(name.casefold(), RAW_INPUT + name) for name in names}


def _summaries(
    call: Call, profile: Mapping[str, ColumnSummary]
) -> tuple[list[str], dict[str, tuple[ColumnSummary, ColumnSummary]]]:
    """Return each column's summary in training and in the data, after the columns whose types do not agree.

    Memory stays bounded.
    """
    found: dict[str, ColumnSummary] = {}
    skipped: list[str] = []
    empty = flatten(call.rows.schema.empty_table())
    spelled = {name.casefold(): name for name in empty.column_names}
    for name, reference in profile.items():
        try:
            found[name] = summarise_against(empty.column(spelled[name.casefold()]), reference)
        except BadData:
            skipped.append(name)
    for batch in call.environment.stream(call.rows.sql).batches:
        rows = flatten(pa.Table.from_batches([batch]))
        for name, before in found.items():
            column = rows.column(spelled[name.casefold()])
            found[name] = merge(before, summarise_against(column, profile[name]))
    return skipped, {name: (profile[name], now) for name, now in found.items()}


def _tell(call: Call, skipped: list[str], values: Sequence[float | None]) -> None:
    if skipped:
        names = ", ".join(repr(name) for name in skipped)
        call.environment.notice(f"{call.name} leaves {names} out: the types of the two sides differ.")
    if not values or all(value is None for value in values):
        call.environment.notice(f"{call.name} can tell nothing: one of the two sides has no values.")


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(repr(name) for name in names.values())


_WITHOUT_LINKS = OptionSpec(
    "enable_visualization_link",
    "boolean",
    False,
    "FALSE: links lead to a service of Google's.",
    check=lambda value: "FALSE: the links lead to a service of Google's; see CREATE MONITOR" if value else None,
)
VALIDATE_DATA_DRIFT = FunctionSpec(
    name="ML.VALIDATE_DATA_DRIFT",
    summary="Says which columns have moved from one data set to another.",
    run=validate_data_drift,
    input="required",
    second_input="required",
    model=False,
    ignores_model=True,
    options=(*BUCKETS, *LIMITS),
    output=OUTPUT,
    sample="TABLE rows, (SELECT x + 3 AS x, word FROM rows)",
    example=(
        "SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE customers_2023, TABLE customers_2024, "
        "STRUCT(0.2 AS categorical_default_threshold)) WHERE is_anomaly"
    ),
    notes=(
        (
            "Columns that both have are compared: numbers in bins of equal width, cut where either side has an edge; "
            "categories by the shares of the most frequent ones."
        ),
        "A column of numbers on one side and of categories on the other is left out, and that is told.",
        "MODEL m may stand there and changes nothing: in BigQuery it adds links to a service of Google's.",
    ),
)
VALIDATE_DATA_SKEW = FunctionSpec(
    name="ML.VALIDATE_DATA_SKEW",
    summary="Says which columns are unlike those that a model was trained on.",
    run=validate_data_skew,
    input="required",
    tasks=TRANSFORMED,
    options=(*LIMITS, _WITHOUT_LINKS),
    output=OUTPUT,
    example="SELECT input, value FROM ML.VALIDATE_DATA_SKEW(MODEL churn, TABLE new_customers) WHERE is_anomaly",
    notes=(
        (
            "The data is compared with the profile that was kept at training: numbers, dates and times in its deciles, "
            "texts by value; a long text and an identifier count as the number of their characters."
        ),
        "With TRANSFORM the columns before it are compared. Columns that the model does not read are left out.",
    ),
)
