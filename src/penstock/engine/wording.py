"""What specs and states say, in words for a person: the one place that makes them, for SHOW, DESCRIBE and lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from penstock.catalog.evaluations import Evaluation
from penstock.catalog.versions import CHAMPION
from penstock.learn.importer import GraphOutput
from penstock.learn.schema import Feature
from penstock.project.duration import duration_text
from penstock.project.goal import GoalSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.sql.statement import OnArrival, OnBreach, OnLabels, OnSchedule, Query, TriggerAction, TriggerEvent


def minute(moment: datetime | str | None) -> str:
    """Return a moment to the minute, `2026-03-31 09:30 UTC`; ISO 8601 text is read; `never` for None."""
    if moment is None:
        return "never"
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def moment(text: str | None) -> datetime | None:
    """Return the moment that a state keeps as ISO 8601 text."""
    return None if text is None else datetime.fromisoformat(text)


def one_line(text: Query | str) -> str:
    """Return a text of SQL on one line."""
    return " ".join((text.text if isinstance(text, Query) else text).split())


def kept(spec: TableSpec) -> str:
    """Return how a table is kept up to date."""
    if spec.unique_key:
        return f"new files replace rows of the same {', '.join(spec.unique_key)}"
    if spec.time_column:
        return f"newer rows by {spec.time_column} are added"
    return "built whole"


def judged_on(spec: GoalSpec) -> str:
    """Return which rows a goal's candidate and champion are compared on."""
    if spec.time_column is None:
        return "the rows that a version held out, or the newest times of series"
    window = "a fifth of the rows" if spec.window is None else duration_text(spec.window)
    return f"the newest {window} by {spec.time_column}"


def window(spec: MonitorSpec) -> str:
    """Return what a monitor looks at each time."""
    return duration_text(spec.window) if spec.window is not None else f"{spec.window_rows:,} rows"


def event(found: TriggerEvent) -> str:
    """Return what a trigger waits for."""
    match found:
        case OnSchedule(cron):
            return f"schedule {cron}"
        case OnArrival(glob):
            return f"arrival of {glob}"
        case OnBreach(monitor):
            return f"breach of {monitor}"
        case OnLabels(endpoint, count):
            return f"{count:,} labels of {endpoint}"


def action(found: TriggerAction) -> str:
    """Return what a trigger does."""
    kind = {"retrain": "model ", "refresh": "table ", "rollback": "endpoint "}.get(found.verb, "")
    return f"{found.verb.replace('_', ' ')} {kind}{found.target or ''}".strip()


def next_firing(spec: TriggerSpec, state: Mapping[str, Any], now: datetime) -> str:
    """Return when a trigger may go off next, and what holds it back."""
    pending, held = state.get("pending"), state.get("held")
    if isinstance(pending, Mapping):
        return f"goes on with {action(spec.actions[int(pending['next'])])}"
    if held:
        return f"held back at {minute(held['at'])}: {held['why']}"
    last = state.get("last_fired")
    rest = datetime.fromisoformat(last) + spec.cool_down if last else None
    first = f"rests until {minute(rest)}, then " if rest is not None and rest > now else ""
    match spec.event:
        case OnSchedule(cron):
            known = [datetime.fromisoformat(state[key]) for key in ("since", "last_fired", "passed") if state.get(key)]
            return first + minute(_next_moment(cron, max([*known, *([rest] if first and rest else [])], default=now)))
        case OnArrival():
            return f"{first}when files arrive"
        case OnBreach():
            return f"{first}at a breach"
        case OnLabels(_, count):
            return f"{first}after {count:,} new labels"


def _next_moment(cron: str, since: datetime) -> datetime:
    # Imported here: croniter takes a while, and most projects name no schedule.
    from croniter import croniter

    moment: datetime = croniter(cron, since).get_next(datetime)
    return moment


def traffic(state: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, float]:
    """Return which part of the requests each variant of an endpoint gets, in percent; the champion all by default.

    `numbers` are the aliases of its model. A variant whose alias names no version is left out, and the others share its
    part; where none of them is left, the champion has all.
    """
    given = state.get("traffic") or {}
    shares = {str(name).lower(): float(share) for name, share in given.items() if share > 0}
    shares = {name: share for name, share in shares.items() if version_behind(name, numbers) is not None}
    if not shares and CHAMPION in numbers:
        shares = {CHAMPION: 100.0}
    total = sum(shares.values())
    return {name: 100 * share / total for name, share in shares.items()}


def version_behind(variant: str, numbers: Mapping[str, int]) -> int | None:
    """Return the version that a variant, a number or an alias, stands for."""
    return int(variant) if variant.isdecimal() else numbers.get(variant.lower())


def variant(name: str, numbers: Mapping[str, int]) -> str:
    """Return a variant with its version, `candidate (version 7)`."""
    return f"version {name}" if name.isdecimal() else f"{name} (version {numbers.get(name.lower())})"


def shadow(state: Mapping[str, Any], numbers: Mapping[str, int]) -> str | None:
    """Return the shadow of an endpoint: `shadow candidate (version 7), 20 % of the requests`; None without one."""
    if not state.get("shadow"):
        return None
    share = float(state.get("shadow_share") or 100)
    part = "" if share == 100 else f", {share:.6g} % of the requests"
    return f"shadow {variant(str(state['shadow']), numbers)}{part}"


def traffic_words(shares: Mapping[str, float], numbers: Mapping[str, int]) -> str:
    """Return who answers how much: `champion (version 6) 90 %, candidate (version 7) 10 %`."""
    return ", ".join(f"{variant(name, numbers)} {share:.6g} %" for name, share in shares.items()) or "nobody"


def feature(found: Feature) -> str:
    """Return a model's input in words: `number (int64)`."""
    return found.type.value if found.type.value == found.arrow else f"{found.type.value} ({found.arrow})"


def graph_output(found: GraphOutput) -> str:
    """Return what an output of an imported graph gives a row: `number`, `list of texts`, `number for each of a, b`."""
    if found.classes is not None:
        return f"number for each of {', '.join(map(str, found.classes))}"
    one, several = {"string": ("text", "texts"), "bool": ("true or false", "true or false")}.get(
        found.type, ("number", "numbers")
    )
    return f"list of {several}" if found.repeated else one


def monitor_state(last: Evaluation | None) -> str:
    """Return how a monitor is by its newest evaluation."""
    if last is None:
        return "has not looked yet"
    if last.breached is None:
        return "cannot tell"
    return "breached" if last.breached else "holds"


def in_state_since(evaluations: list[Evaluation]) -> datetime | None:
    """Return since when a monitor has been in its present state; `evaluations` are newest first."""
    since = None
    for found in evaluations:
        if found.breached is not evaluations[0].breached:
            break
        since = found.at
    return since


def option(value: object) -> str:
    """Return an option's value as a person would write it."""
    match value:
        case str():
            return value
        case {"hparam_range": [low, high]}:
            return f"HPARAM_RANGE({low}, {high})"
        case {"hparam_candidates": list(values)}:
            return f"HPARAM_CANDIDATES({json.dumps(values, ensure_ascii=False)})"
        case float():
            return f"{value:.6g}"
        case _:
            return json.dumps(value, ensure_ascii=False)
