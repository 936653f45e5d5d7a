"""ML.GET_INSIGHTS: the segments that a contribution analysis found, those that moved the metric most first."""

from __future__ import annotations

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.contribution_analysis import read_insights
from penstock.learn.schema import Task


def get_insights(call: Call) -> ArrowRows:
    """Return one row a segment."""
    return fixed_rows(read_insights(call.fitted.files))


def _number(name: str, doc: str) -> OutputColumn:
    return OutputColumn(name, "FLOAT64", doc)


SUPPORT = _number("apriori_support", "The segment's share of the summed column, the greater of test's and control's.")
DIMENSION = OutputColumn("<dimension>", "any", "The segment's value of each dimension; NULL where it has all values.")

GET_INSIGHTS = FunctionSpec(
    name="ML.GET_INSIGHTS",
    summary="Shows which segments of the rows moved a metric, those that moved it most first.",
    run=get_insights,
    tasks=(Task.CONTRIBUTION,),
    output=(
        DIMENSION,
        OutputColumn("contributors", "ARRAY<STRING>", "The segment, `dimension=value` each; `all` for all rows."),
        _number("metric_test", "The metric of the segment's test rows."),
        _number("metric_control", "The metric of its control rows."),
        _number("difference", "The first less the second."),
        _number("relative_difference", "The difference as a share of the control's metric."),
        _number(
            "unexpected_difference",
            "For SUM(a): the test's metric less what it would be, had the segment changed as all other rows have.",
        ),
        _number("relative_unexpected_difference", "For SUM(a): the same as a share of what would be."),
        _number("metric_test_over_metric_control", "For SUM(a) / SUM(b): the test's metric divided by the control's."),
        _number("metric_test_over_complement", "For SUM(a) / SUM(b): the test's metric over that of all other rows."),
        _number("metric_control_over_complement", "For SUM(a) / SUM(b): the same for the control."),
        _number(
            "aumann_shapley_attribution",
            "For SUM(a) / SUM(b): how much of the change of the whole ratio comes from the segment.",
        ),
        _number(
            "metric_test_over_population",
            "For SUM(a) / COUNT(DISTINCT b): the test's metric over that of all test rows.",
        ),
        _number("metric_control_over_population", "For SUM(a) / COUNT(DISTINCT b): the same for the control."),
        SUPPORT,
        _number("contribution", "The size of the difference; for SUM(a) / SUM(b) of the attribution."),
    ),
    example="SELECT contributors, difference FROM ML.GET_INSIGHTS(MODEL what_moved_sales) LIMIT 5",
    notes=(
        "SUM(a) has no difference columns of ratios and the other way round: each form of the metric has its own.",
        "A quotient whose divisor is 0 is NULL.",
    ),
)
