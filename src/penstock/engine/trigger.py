"""Triggers: when one is due, and what is done then."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.lease import lease_holder
from penstock.catalog.objects import ObjectState, get_object, update_state
from penstock.core.errors import Busy, UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.observation import observe
from penstock.engine.plan import make_plan
from penstock.engine.rollback import roll_back
from penstock.engine.run import LEASE, RunResult, raise_problems, run_plan
from penstock.engine.session import Session
from penstock.engine.trigger_fact import Facts, look
from penstock.engine.trigger_hold import Prospect, failure, held_back, prospect
from penstock.graph.selection import select
from penstock.graph.topology import Graph
from penstock.project.trigger import TriggerSpec
from penstock.sql.statement import OnArrival, OnBreach, OnLabels, OnSchedule, TriggerAction

NOTIFY_SECONDS = 10


@dataclass(frozen=True)
class Fired:
    """A trigger that went off: why, and what came of each action."""

    trigger: str
    at: datetime
    reason: str
    actions: tuple[str, ...]


def due(spec: TriggerSpec, state: Mapping[str, Any], facts: Facts, now: datetime) -> str | None:
    """Return why the trigger goes off now, or None. Pure.

    `state` holds `last_fired`, `since` (when the trigger was made) and `passed` (when it let a schedule pass), all ISO
    8601, and what it saw then: `files` and `labels`.
    """
    last = _moment(state.get("last_fired"))
    if last is not None and now - last < spec.cool_down:
        return None
    match spec.event:
        case OnSchedule(cron):
            known = [_moment(state.get(key)) for key in ("since", "last_fired", "passed")]
            return _schedule_reason(cron, max((moment for moment in known if moment), default=None), now)
        case OnArrival(glob):
            changed = facts.files is not None and facts.files != state.get("files")
            return f"files arrived at {glob}" if changed else None
        case OnBreach(monitor):
            evaluation = facts.evaluation
            if evaluation is None or not evaluation.breached or (last is not None and evaluation.at <= last):
                return None
            return f"monitor {monitor} breached: {evaluation.reason}"
        case OnLabels(endpoint, count):
            new = facts.labels - int(state.get("labels", 0))
            return f"{new:,} new labels of endpoint {endpoint}" if new >= count else None


def _schedule_reason(cron: str, since: datetime | None, now: datetime) -> str | None:
    from croniter import croniter

    if since is None:
        return None
    moment: datetime = croniter(cron, since).get_next(datetime)
    return f"schedule {cron!r} was due at {moment:%Y-%m-%d %H:%M} UTC" if moment <= now else None


def consider(session: Session, graph: Graph, spec: TriggerSpec) -> Fired | None:
    """Let the trigger go off if it is due, and return what came of it.

    The firing is recorded before its actions begin and after each of them, so that one that was cut off by a kill is
    gone on with at the action that was under way. While another run works, nothing fires: it is looked at again later.
    One that would do nothing, or fail again at what it failed at, is held back; that is recorded once.
    """
    name = ResourceName(Kind.TRIGGER, spec.name)
    state = get_object(session.catalog, name)
    now = session.clock.now()
    if state is None or lease_holder(session.catalog, LEASE, now) is not None:
        return None
    pending = state.state.get("pending")
    if isinstance(pending, Mapping):
        return _act(session, graph, spec, str(pending["reason"]), int(pending["next"]))
    state = _without_future(session, state, now)
    facts = look(session, spec)
    reason = due(spec, state.state, facts, now)
    held = state.state.get("held")
    if reason is None:
        if held and isinstance(spec.event, OnBreach):
            update_state(session.catalog, name, lambda old: {**old, "held": None}, now)
        return None
    ahead = _ahead(session, graph, spec.actions)
    why = held_back(ahead, state.state.get("failed"))
    if why is not None:
        _hold(session, spec, facts, {"at": now.isoformat(), "reason": reason, "why": why}, held)
        return None
    fired = {
        "files": facts.files,
        "labels": facts.labels,
        "last_fired": now.isoformat(),
        "reason": reason,
        "pending": {"reason": reason, "next": 0},
        "held": None,
        "failed": None,
    }
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **fired}, now)
        add_history(catalog, HistoryEntry(now, "fired", str(name), reason, {}))
    return _act(session, graph, spec, reason, 0)


def _without_future(session: Session, state: ObjectState, now: datetime) -> ObjectState:
    """Return the state with moments of the future set to now: a clock that has been set back must not stop the loop."""
    moments = {key: _moment(state.state.get(key)) for key in ("since", "last_fired", "passed")}
    late = {key: now.isoformat() for key, moment in moments.items() if moment is not None and moment > now}
    if not late:
        return state
    return update_state(session.catalog, state.name, lambda old: {**old, **late}, now)


def _hold(
    session: Session, spec: TriggerSpec, facts: Facts, held: Mapping[str, str], before: Mapping[str, str] | None
) -> None:
    """Remember that the trigger was held back; tell the history when it is for another reason than `before`.

    A schedule and files are let pass: the trigger waits for the next. A breach and labels go on to ask.
    """
    name = ResourceName(Kind.TRIGGER, spec.name)
    now = session.clock.now()
    told = before is not None and before["why"] == held["why"]
    match spec.event:
        case OnSchedule():
            passed: dict[str, str | None] = {"passed": held["at"]}
        case OnArrival():
            passed = {"files": facts.files}
        case _:
            passed = {}
    if told and not passed:
        return
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **passed, "held": dict(held)}, now)
        if not told:
            message = f"{held['reason']}; held back: {held['why']}"
            add_history(catalog, HistoryEntry(now, "held", str(name), message, {}))


def _act(session: Session, graph: Graph, spec: TriggerSpec, reason: str, first: int) -> Fired:
    """Do the actions in order from the `first`; one that fails stops the rest, and the failure is what is told.

    One that finds another run under way is left for the next turn, with those after it.
    """
    name = ResourceName(Kind.TRIGGER, spec.name)
    told = []
    met = _ahead(session, graph, spec.actions[:first])
    for number, action in enumerate(spec.actions[first:], first + 1):
        met += _ahead(session, graph, [action])
        try:
            told.append(_done(session, graph, spec, action, reason, met[-1]))
        except Busy as problem:
            told.append(f"{action.verb} {action.target or ''}".strip() + f" waits: {problem.diagnostics[0].message}")
            return Fired(spec.name, session.clock.now(), reason, tuple(told))
        except UserError as problem:
            told.append(f"{action.verb} {action.target or ''}".strip() + f" failed: {problem.sentence}")
            _remember_failure(session, graph, spec, met, problem, told[-1])
            break
        _set_pending(session, name, {"reason": reason, "next": number})
    _set_pending(session, name, None)
    return Fired(spec.name, session.clock.now(), reason, tuple(told))


def _ahead(session: Session, graph: Graph, actions: Sequence[TriggerAction]) -> list[Prospect]:
    with session.lake_turn:
        return [prospect(session, graph, action) for action in actions]


def _remember_failure(
    session: Session, graph: Graph, spec: TriggerSpec, met: Sequence[Prospect], problem: UserError, told: str
) -> None:
    """Write the failure in the history; and what it was met with, when only a change of that can mend it."""
    name = ResourceName(Kind.TRIGGER, spec.name)
    now = session.clock.now()
    actions = spec.actions[: len(met)]
    lasting = actions[-1].verb != "notify"
    failed = failure(met, _ahead(session, graph, actions), problem) if lasting else None
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, "failed": failed}, now)
        add_history(catalog, HistoryEntry(now, "failed", str(name), told, {}))


def _done(
    session: Session, graph: Graph, spec: TriggerSpec, action: TriggerAction, reason: str, ahead: Prospect
) -> str:
    """Do the action; leave a training that would see nothing new, and say so."""
    if action.verb == "retrain" and ahead.idle is not None:
        return ahead.idle
    return perform(session, graph, spec, action, reason)


def _set_pending(session: Session, name: ResourceName, left: dict[str, Any] | None) -> None:
    update_state(session.catalog, name, lambda old: {**old, "pending": left}, session.clock.now())


def perform(session: Session, graph: Graph, spec: TriggerSpec, action: TriggerAction, reason: str) -> str:
    """Do one action and return one line on what came of it; raises UserError when any step of it fails."""
    cause = f"trigger {spec.name}: {reason}"
    target = action.target or ""
    match action.verb:
        case "retrain":
            return _summary(retrain(session, graph, target, cause, min_rows=spec.min_rows))
        case "refresh":
            return _summary(_run(session, graph, [f"+{target}"], cause))
        case "run_project":
            return _summary(_run(session, graph, [], cause))
        case "rollback":
            return roll_back(session, target, cause)
        case "notify":
            return notify(session, target, spec.name, reason)


def retrain(session: Session, graph: Graph, model: str, cause: str, *, min_rows: int = 0) -> RunResult:
    """Bring what the model reads up to date and train a version, whatever its state."""
    name = ResourceName(Kind.MODEL, model)
    known = next((found for found in graph.resources if found.kind is Kind.MODEL and found.key == name.key), None)
    if known is None:
        raise UnknownName.among("model", model, [n.name for n in graph.resources if n.kind is Kind.MODEL])
    return _run(session, graph, [f"+model:{known.name}"], cause, forced={known: cause}, min_rows=min_rows)


def _run(
    session: Session,
    graph: Graph,
    selectors: list[str],
    cause: str,
    forced: Mapping[ResourceName, str] | None = None,
    min_rows: int = 0,
) -> RunResult:
    selected = select(graph, selectors)
    plan = make_plan(graph, observe(session, graph), selected=selected, forced=forced)
    return run_plan(session, graph, plan, cause=cause, min_new_rows=min_rows)


def _summary(result: RunResult) -> str:
    raise_problems(result)
    parts = [f"{outcome.step.name}: {outcome.summary}" for outcome in result.outcomes if outcome.status != "skipped"]
    return "; ".join(parts) or "nothing to do"


def notify(session: Session, url: str, trigger: str, reason: str) -> str:
    """Tell an address by POST, as JSON; raises UserError when it does not take it."""
    body = {
        "trigger": trigger,
        "reason": reason,
        "at": session.clock.now().isoformat(),
        "project": session.settings.name,
    }
    request = urllib.request.Request(  # noqa: S310 - the rules let http and https only through
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=NOTIFY_SECONDS) as answer:  # noqa: S310
            return f"told {url}: {answer.status}"
    except (urllib.error.URLError, TimeoutError, ValueError) as problem:
        raise UserError.of(f"{url} could not be told: {problem}.") from problem


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
