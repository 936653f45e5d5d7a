"""An experiment as a project declares it: which of the versions behind an endpoint is better, and how that is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import UserError
from penstock.core.names import Kind, near_or_all, nearest_name
from penstock.core.options import OptionSpec, OptionValue, read_options
from penstock.project.duration import parse_duration, positive_duration_problem
from penstock.sql.predicate import function_over_rows
from penstock.sql.references import columns
from penstock.sql.statement import CreateExperiment, Query

Mode = Literal["fixed", "bandit"]
Direction = Literal["increase", "decrease"]
CONVERSION = "conversion"
# Metrics by name, and whether more is better.
METRICS: Mapping[str, bool] = {
    "accuracy": True,
    "log_loss": False,
    "mean_absolute_error": False,
    "mean_squared_error": False,
    CONVERSION: True,
}
# What an expression over a prediction may name.
ANSWER_COLUMNS = ("prediction", "actual", "inputs", "outputs")
_GUARDRAILS = "a list of metrics, each alone or with what may be lost of it: ['log_loss', ('accuracy', 0.01)]"


def _guardrails_problem(value: OptionValue) -> str | None:
    return None if _guardrails(value) is not None else _GUARDRAILS


OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "metric",
        "string",
        None,
        "What the versions are compared by. By the labels that come in: 'accuracy', 'log_loss', 'mean_absolute_error', "
        "'mean_squared_error', or an expression over one prediction that names prediction, actual, inputs.column or "
        "outputs. By the outcome_table: 'conversion', the share of predictions that have a row in it, or an expression "
        "over its columns, which is summed over the rows of each prediction. It must be given.",
    ),
    OptionSpec(
        "direction",
        "string",
        None,
        "Whether more or less of an expression is better; 'increase' where nothing is said. Named metrics know it.",
        choices=("increase", "decrease"),
    ),
    OptionSpec(
        "min_effect",
        "number",
        None,
        "The smallest difference that matters, as the metric is counted: 0.02 is two points of accuracy. "
        "It must be given.",
        minimum=0,
        exclusive=True,
    ),
    OptionSpec(
        "guardrails",
        "any",
        None,
        "Metrics that must not get worse, each alone or with what may be lost of it: ['log_loss', ('accuracy', 0.01)]; "
        "of an expression of which less is better ('inputs.wait', 5, 'decrease'). A version that surely loses more is "
        "not better, whatever its metric.",
        check=_guardrails_problem,
    ),
    OptionSpec("max_days", "number", 14.0, "After so many days it ends as it stands.", minimum=0, exclusive=True),
    OptionSpec(
        "alpha",
        "number",
        0.05,
        "How often a difference may be told where there is none, however often one looks.",
        minimum=0,
        maximum=1,
        exclusive=True,
    ),
    OptionSpec(
        "covariate",
        "string",
        None,
        "A number known before the answer, which explains a part of the metric (CUPED): a column of the inputs, or "
        "table.column, found by prediction_id or unit.",
    ),
    OptionSpec(
        "segments",
        "string list",
        (),
        "Columns of the inputs by whose values the comparison is shown as well, each held to alpha together.",
    ),
    OptionSpec(
        "unit",
        "string",
        None,
        "The column of the inputs that says who asks: the predictions of one are taken together. Without it a request.",
    ),
    OptionSpec(
        "outcome_table",
        "string",
        None,
        "The table or view with what came of predictions, by prediction_id or by the unit.",
    ),
    OptionSpec(
        "outcome_time",
        "string",
        None,
        "The column of the outcome_table with its time: what is older than the experiment is left out.",
    ),
    OptionSpec(
        "mode",
        "string",
        "fixed",
        "'fixed' leaves the traffic alone. 'bandit' moves it towards the better version (Thompson sampling).",
        choices=("fixed", "bandit"),
    ),
    OptionSpec(
        "floor",
        "number",
        5.0,
        "Of a bandit: the percent of traffic that every version keeps.",
        minimum=1,
        maximum=20,
    ),
    OptionSpec(
        "step",
        "number",
        10.0,
        "Of a bandit: by how many points a share moves at most at a time.",
        minimum=0.1,
        maximum=100,
    ),
    OptionSpec(
        "every",
        "string",
        "10 minutes",
        "How long to wait between two looks, like '15 minutes'; a bandit moves the traffic then.",
        check=positive_duration_problem,
    ),
    OptionSpec(
        "min_units",
        "integer",
        100,
        "With fewer units of a version nothing is said of it.",
        minimum=30,
    ),
    OptionSpec("description", "string", None, "What the experiment is to find out, for people."),
)
# What has no default, since no value would be right.
_REQUIRED = {"metric": "metric = 'accuracy'", "min_effect": "min_effect = 0.02"}


@dataclass(frozen=True)
class Measure:
    """A metric or guardrail: a name of METRICS, or an expression.

    `of_outcomes` says that it is read from the outcome table, `tolerance` what may be lost of a guardrail.
    """

    text: str
    expression: Query | None
    of_outcomes: bool
    increase: bool
    tolerance: float = 0.0


@dataclass(frozen=True)
class ExperimentSpec:
    """What a CREATE EXPERIMENT statement declares. Who is compared, the endpoint's traffic says."""

    kind: ClassVar[Kind] = Kind.EXPERIMENT

    name: str
    endpoint: str
    metric: Measure
    min_effect: float
    guardrails: tuple[Measure, ...] = ()
    max_time: timedelta = timedelta(days=14)
    alpha: float = 0.05
    covariate: str | None = None
    segments: tuple[str, ...] = ()
    unit: str | None = None
    outcome_table: str | None = None
    outcome_time: str | None = None
    mode: Mode = "fixed"
    floor: float = 5.0
    step: float = 10.0
    every: timedelta = timedelta(minutes=10)
    min_units: int = 100
    description: str | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it reads besides the log."""
        table, _, _ = self.covariate.rpartition(".") if self.covariate else ("", "", "")
        return tuple(dict.fromkeys(name for name in (self.outcome_table, table) if name))


def experiment_spec(statement: CreateExperiment) -> tuple[ExperimentSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"experiment {statement.name}", statement.span)
    for name, example in _REQUIRED.items():
        if name not in statement.options:
            message = f"Experiment {statement.name} does not say its {name}."
            findings.append(Diagnostic("option", message, statement.span, f"Write OPTIONS ({example}, …)."))
    if findings:
        return None, findings
    table = cast("str | None", values["outcome_table"])
    direction = cast("Direction | None", values["direction"])
    metric, problem = _measure(statement, str(values["metric"]), table, direction)
    findings += problem
    guardrails = []
    for text, tolerance, way in _guardrails(values["guardrails"]) or ():
        measure, problem = _measure(statement, text, table, way, tolerance)
        findings += problem
        guardrails.append(measure)
    if table is None and values["outcome_time"] is not None:
        message = f"Experiment {statement.name} has an outcome_time and no outcome_table."
        findings.append(Diagnostic("option", message, statement.span, "Name the table, or leave outcome_time out."))
    if findings or metric is None:
        return None, findings
    spec = ExperimentSpec(
        name=statement.name,
        endpoint=statement.endpoint,
        metric=metric,
        min_effect=cast("float", values["min_effect"]),
        guardrails=tuple(each for each in guardrails if each is not None),
        max_time=timedelta(days=cast("float", values["max_days"])),
        alpha=cast("float", values["alpha"]),
        covariate=cast("str | None", values["covariate"]),
        segments=tuple(cast("list[str]", values["segments"])),
        unit=cast("str | None", values["unit"]),
        outcome_table=table,
        outcome_time=cast("str | None", values["outcome_time"]),
        mode=cast("Mode", values["mode"]),
        floor=cast("float", values["floor"]),
        step=cast("float", values["step"]),
        every=parse_duration(cast("str", values["every"])),
        min_units=cast("int", values["min_units"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []


def _measure(
    statement: CreateExperiment,
    text: str,
    table: str | None,
    direction: Direction | None = None,
    tolerance: float = 0.0,
) -> tuple[Measure | None, list[Diagnostic]]:
    """Return the metric that a text names or writes out, and what is wrong with it."""

    def wrong(message: str, hint: str) -> tuple[None, list[Diagnostic]]:
        return None, [Diagnostic("option", message, statement.span, hint)]

    if text.lower() in METRICS:
        name = text.lower()
        if direction is not None and (direction == "increase") is not METRICS[name]:
            way = "higher" if METRICS[name] else "lower"
            return wrong(f"{name} is better the {way} it is.", "Leave direction out.")
        if name == CONVERSION and table is None:
            return wrong("conversion counts the predictions that have a row in a table.", "Add outcome_table = '…'.")
        return Measure(name, None, name == CONVERSION, METRICS[name], tolerance), []
    expression = Query(text, statement.dialect, statement.span)
    try:
        named = columns(expression)
        over_rows = function_over_rows(expression)
    except UserError as problem:
        return wrong(f"The metric {text!r} is no expression: {problem.sentence}", near_or_all(text, tuple(METRICS)))
    if over_rows is not None:
        return wrong(
            f"The metric {text!r} is asked of one prediction, and {over_rows} reads many.",
            "Leave it out: values are averaged over the predictions by themselves.",
        )
    of_answer = [name for name in named if name.partition(".")[0].lower() in ANSWER_COLUMNS]
    others = [name for name in named if name not in of_answer]
    if others and (table is None or of_answer):
        known = (*METRICS, *ANSWER_COLUMNS)
        if len(named) == 1 and nearest_name(text, METRICS):
            return wrong(f"There is no metric {text!r}.", near_or_all(text, tuple(METRICS)))
        if of_answer:
            why = f"{others[0]} of the outcome table together with {of_answer[0]} of the answer"
        else:
            why = f"{others[0]}, which a prediction does not have"
        return wrong(f"The metric {text!r} names {why}.", near_or_all(others[0], known))
    of_outcomes = table is not None and not of_answer
    return Measure(text, expression, of_outcomes, direction != "decrease", tolerance), []


def _guardrails(value: OptionValue) -> list[tuple[str, float, Direction | None]] | None:
    """Return the metrics of a list of guardrails with what may be lost of each; None for what is no such list."""
    if value is None:
        return []
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        return None
    if len(items) in (2, 3) and isinstance(items[0], str) and isinstance(items[1], int | float):
        # A list of one guardrail in parentheses alone.
        items = [items]
    found = [_guardrail(list(item.values()) if isinstance(item, dict) else item) for item in items]
    return None if any(each is None for each in found) else [each for each in found if each is not None]


def _guardrail(item: OptionValue) -> tuple[str, float, Direction | None] | None:
    match [item] if isinstance(item, str) else item:
        case [str(text)]:
            return text, 0.0, None
        case [str(text), int() | float() as tolerance] if tolerance >= 0:
            return text, float(tolerance), None
        case [str(text), int() | float() as tolerance, "increase" | "decrease" as way] if tolerance >= 0:
            return text, float(tolerance), way
        case _:
            return None
