"""Rules about the loop: goals, endpoints, monitors and triggers that leave it open, or close it unsafely."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from penstock.core.diagnostics import Severity
from penstock.core.names import Kind, did_you_mean
from penstock.project.endpoint import EndpointSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.resource import Resource
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.rules.rule import Context, Finding, Rule, opening
from penstock.sql.place import place_of_name, place_of_text
from penstock.sql.references import columns
from penstock.sql.statement import OnBreach

# Splits that hold out other rows than the newest.
SHUFFLED_SPLITS = ("AUTO_SPLIT", "RANDOM")
# How the model types begin that give single rows no score.
UNSERVED = ("arima", "contribution_analysis", "transform_only")


def _goal_without_endpoint(context: Context) -> Iterator[Finding]:
    for goal in context.of_kind(Kind.GOAL):
        for model in context.needs(goal, Kind.MODEL):
            if not context.needed_by(model, Kind.ENDPOINT) and _scores_rows(model):
                yield Finding(
                    f"{opening(goal)} judges {model.name}, which no endpoint serves.",
                    place_of_name(goal.statement, goal.name.name),
                    f"Serve it: CREATE ENDPOINT … ON MODEL {model.name.name}.",
                )


def _scores_rows(model: Resource) -> bool:
    """Say whether a model scores rows, and an endpoint could serve it; one of time series, say, does not."""
    spec = model.spec
    return not (isinstance(spec, ModelSpec) and spec.model_type.startswith(UNSERVED))


def _ungated(context: Context) -> Iterator[Finding]:
    for trigger in context.of_kind(Kind.TRIGGER):
        for model in _retrained(context, trigger):
            if context.needed_by(model, Kind.GOAL):
                continue
            endpoints = [str(endpoint.name) for endpoint in context.needed_by(model, Kind.ENDPOINT)]
            serves = f" and serves at {', '.join(endpoints)}" if endpoints else ""
            yield Finding(
                f"{opening(trigger)} retrains {model.name}, which no goal gates: "
                f"each new version becomes the champion{serves} without being judged.",
                place_of_name(trigger.statement, model.name.name),
                f"Add CREATE GOAL … ON MODEL {model.name.name} ACCEPT WHEN ….",
            )


def _retrained(context: Context, trigger: Resource) -> list[Resource]:
    assert isinstance(trigger.spec, TriggerSpec)
    names = {action.target for action in trigger.spec.actions if action.verb == "retrain"}
    keys = {name.casefold() for name in names if name is not None}
    return [model for model in context.needs(trigger, Kind.MODEL) if model.name.name.casefold() in keys]


def _unknown_measure(context: Context) -> Iterator[Finding]:
    for resource in context.of_kind(Kind.MONITOR, Kind.GOAL):
        assert isinstance(resource.spec, MonitorSpec | GoalSpec)
        known = context.known_measures(resource) if context.known_measures else None
        if known is None:
            continue
        keys = {name.casefold() for name in known}
        of_model = f" of model {resource.spec.model}" if isinstance(resource.spec, GoalSpec) else ""
        for column in columns(resource.spec.predicate):
            if column.casefold() not in keys:
                yield Finding(
                    f"{opening(resource)} asks for {column!r}, which is not measured{of_model}.",
                    place_of_name(resource.statement, column),
                    did_you_mean(column, [name for name in known if _side(name) == _side(column)] or known),
                )


def _side(column: str) -> str:
    """Return the relation that a name is asked of: `champion` of champion.roc_auc, nothing of roc_auc."""
    return column.casefold().rpartition(".")[0]


def _notify_address(context: Context) -> Iterator[Finding]:
    for trigger in context.of_kind(Kind.TRIGGER):
        assert isinstance(trigger.spec, TriggerSpec)
        for action in trigger.spec.actions:
            if action.verb == "notify" and not _is_web_address(action.target or ""):
                yield Finding(
                    f"{opening(trigger)} cannot notify {action.target!r}.",
                    place_of_text(trigger.statement, action.target or ""),
                    "Give an address that begins with https:// or http://.",
                )


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _no_cool_down(context: Context) -> Iterator[Finding]:
    for trigger in context.of_kind(Kind.TRIGGER):
        assert isinstance(trigger.spec, TriggerSpec)
        if isinstance(trigger.spec.event, OnBreach) and not trigger.spec.cool_down:
            yield Finding(
                f"{opening(trigger)} never rests: while the breach lasts, it acts as soon as there is anything new.",
                place_of_name(trigger.statement, trigger.name.name),
                "Add OPTIONS (cool_down = '1 day').",
            )


def _shuffled_split(context: Context) -> Iterator[Finding]:
    for goal in context.of_kind(Kind.GOAL):
        assert isinstance(goal.spec, GoalSpec)
        if goal.spec.time_column is None:
            continue
        for model in context.needs(goal, Kind.MODEL):
            assert isinstance(model.spec, ModelSpec)
            given = model.spec.options.get("data_split_method")
            method = str(given.value).upper() if given else "AUTO_SPLIT"
            if _scores_rows(model) and method in SHUFFLED_SPLITS:
                yield Finding(
                    f"{opening(model)} holds out random rows, but {goal.name} judges it over time.",
                    given.span if given and given.span else place_of_name(model.statement, model.name.name),
                    f"Add data_split_method = 'SEQ', data_split_col = '{goal.spec.time_column}'.",
                )


def _window_without_time(context: Context) -> Iterator[Finding]:
    for monitor in context.of_kind(Kind.MONITOR):
        spec = monitor.spec
        assert isinstance(spec, MonitorSpec)
        if spec.window is None or spec.time_column is not None:
            continue
        for table in context.needs(monitor, Kind.TABLE) + context.needs(monitor, Kind.VIEW):
            if not (isinstance(table.spec, TableSpec) and table.spec.time_column):
                yield Finding(
                    f"{opening(monitor)} has a window, but nothing says which column of {table.name} is the time.",
                    place_of_name(monitor.statement, monitor.name.name),
                    "Add time_column = '…', or give window_rows in place of window.",
                )


def _nothing_logged(context: Context) -> Iterator[Finding]:
    for monitor in context.of_kind(Kind.MONITOR):
        for endpoint in context.needs(monitor, Kind.ENDPOINT):
            assert isinstance(endpoint.spec, EndpointSpec)
            option = "log = FALSE" if not endpoint.spec.log else "log_sample = 0"
            if not endpoint.spec.log or endpoint.spec.options["log_sample"] == 0:
                yield Finding(
                    f"{opening(monitor)} watches {endpoint.name}, which logs no predictions.",
                    place_of_name(monitor.statement, endpoint.name.name),
                    f"Take {option} out of the endpoint's options.",
                )


MODEL = "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS label;\n"
TIMED = (
    "CREATE MODEL m OPTIONS (model_type = 'linear_reg', data_split_method = 'SEQ', data_split_col = 'at') AS "
    "SELECT 1 AS x, 2 AS label, now() AS at;\n"
)
ENDPOINT = "CREATE ENDPOINT e ON MODEL m;\n"
GOAL = "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > 0.5;\n"
MONITOR = "CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 0.2;\n"

RULES = (
    Rule(
        "PS009",
        "goal-without-endpoint",
        Severity.WARNING,
        "A goal decides which version of a model serves, but the model is served nowhere.",
        MODEL + GOAL,
        MODEL + GOAL + ENDPOINT,
        _goal_without_endpoint,
    ),
    Rule(
        "PS010",
        "ungated-retraining",
        Severity.WARNING,
        "A trigger retrains a model that no goal gates, so a worse version can replace a better one.",
        MODEL + ENDPOINT + "CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO RETRAIN MODEL m;",
        MODEL + ENDPOINT + GOAL + "CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO RETRAIN MODEL m;",
        _ungated,
    ),
    Rule(
        "PS011",
        "unknown-measure",
        Severity.ERROR,
        "The predicate of a monitor or a goal asks for something that is not measured, so it never holds.",
        MODEL + ENDPOINT + "CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_pis > 0.2;",
        MODEL + ENDPOINT + MONITOR,
        _unknown_measure,
    ),
    Rule(
        "PS012",
        "notify-address",
        Severity.ERROR,
        "A trigger notifies an address that is not on the web, so nobody would hear of it.",
        "CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO NOTIFY 'ops@example.com';",
        "CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO NOTIFY 'https://example.com/hook';",
        _notify_address,
    ),
    Rule(
        "PS013",
        "no-cool-down",
        Severity.WARNING,
        "A trigger that acts on a breach has no cool_down. Retraining heals a breach only after a while; until "
        "then the trigger retrains with every new row, and notifies at every evaluation.",
        MODEL + ENDPOINT + GOAL + MONITOR + "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;",
        MODEL
        + ENDPOINT
        + GOAL
        + MONITOR
        + "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m OPTIONS (cool_down = '1 day');",
        _no_cool_down,
    ),
    Rule(
        "PS014",
        "shuffled-split",
        Severity.WARNING,
        "A goal judges over time, but its model holds out random rows. Each held-out row then has neighbours "
        "in time among the training rows, and the model looks better than it will be on the rows to come.",
        MODEL + "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'at') ACCEPT WHEN r2_score > 0.5;",
        TIMED + "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'at') ACCEPT WHEN r2_score > 0.5;",
        _shuffled_split,
    ),
    Rule(
        "PS015",
        "window-without-time",
        Severity.ERROR,
        "A monitor looks at a stretch of time of a table, but neither of them says which column is the time.",
        "CREATE TABLE t AS SELECT 1 AS x;\n"
        "CREATE MONITOR w ON TABLE t OPTIONS (window = '7 days') BREACH WHEN null_rate > 0.1;",
        "CREATE TABLE t AS SELECT 1 AS x, now() AS at;\n"
        "CREATE MONITOR w ON TABLE t OPTIONS (window = '7 days', time_column = 'at') "
        "BREACH WHEN null_rate > 0.1;",
        _window_without_time,
    ),
    Rule(
        "PS016",
        "nothing-logged",
        Severity.ERROR,
        "A monitor watches an endpoint that logs no predictions, so it never has anything to judge.",
        MODEL + "CREATE ENDPOINT e ON MODEL m OPTIONS (log = FALSE);\n" + MONITOR,
        MODEL + ENDPOINT + MONITOR,
        _nothing_logged,
    ),
)
