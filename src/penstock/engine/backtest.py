"""The loop over history, in virtual time: what a policy would have earned against never and always retraining.

At each step the rows of that step are scored by the version in force; their labels become known `label_delay` later;
the endpoint's monitors look at the newest window and its triggers decide, by the code that decides in production.
Training reads the same query, its table cut off at what was known by then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import InvalidOption, UnknownName, UntrainableModel, UserError
from penstock.core.events import StepProgressed
from penstock.core.names import Kind, ResourceName, did_you_mean, name_key, with_article
from penstock.drift.summary import ColumnSummary, summarise_table
from penstock.engine.build import goals_of
from penstock.engine.goal import ERRORS, judge, leading_metric
from penstock.engine.model import demand_new_rows
from penstock.engine.monitor import breach_of
from penstock.engine.monitor_window import judged_predictions, measure_window
from penstock.engine.query import relations_read
from penstock.engine.related_rows import training_query
from penstock.engine.session import Session
from penstock.engine.training_data import NewestRows, read_training_rows
from penstock.engine.trigger import due
from penstock.engine.trigger_fact import Facts
from penstock.graph.topology import Graph
from penstock.lake.tables import schema_of
from penstock.learn.artifact import LoadedModel, load_model
from penstock.learn.fitting import TrainedModel
from penstock.learn.judgement import evaluate
from penstock.learn.registry import model_type_of
from penstock.learn.training import train
from penstock.project.endpoint import EndpointSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.trigger import TriggerSpec
from penstock.sql.quoting import quote_identifier, quote_name

POLICIES = ("policy", "never", "always")
STEPS_BY_DEFAULT = 50
# Labels become known slice by slice of a step, so that a delay shorter than the step is felt.
MOST_SLICES = 14


@dataclass(frozen=True)
class BacktestSettings:
    """What is replayed: `table`'s rows by `time_column`; the first version is made of what was known by `start`."""

    endpoint: str
    table: str
    time_column: str
    label_delay: timedelta
    step: timedelta | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Retraining:
    """A retraining that the policy decided on: when, why, whether the gate let it through, and how long it took."""

    at: datetime
    reason: str
    accepted: bool
    verdict: str
    seconds: float


@dataclass(frozen=True)
class BacktestResult:
    """What happened: `steps` has a row a step (at, rows, the metric under each policy, the policy's version)."""

    endpoint: str
    metric: str
    lower_is_better: bool
    steps: pa.Table
    overall: dict[str, float | None]
    trainings: dict[str, int]
    seconds: dict[str, float]
    retrainings: tuple[Retraining, ...]


@dataclass(frozen=True)
class _Slice:
    """Rows of [start, end), which become labelled together."""

    start: datetime
    end: datetime
    rows: pa.Table


@dataclass
class _Contender:
    """One way of retraining, as the replay goes on.

    `since` is the first slice it has answered; `known` is the number of outcomes known at its last training.
    """

    model: LoadedModel
    reference: dict[str, ColumnSummary]
    predictions: ColumnSummary | None
    since: int = 0
    known: int = 0
    trainings: int = 1
    seconds: float = 0.0
    metrics: list[float | None] = field(default_factory=list)
    scores: list[np.ndarray[Any, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Loop:
    """The parts of the project that the replay turns."""

    model: ModelSpec
    goals: list[GoalSpec]
    monitors: list[MonitorSpec]
    triggers: list[TriggerSpec]


def run_backtest(session: Session, graph: Graph, settings: BacktestSettings) -> BacktestResult:
    """Replay history and return what came of it.

    Raises UserError when there is too little of it, UnknownName for an endpoint, table or column that there is not.
    """
    loop = _loop_of(graph, settings)
    learner = model_type_of(loop.model.model_type)
    if not learner.task.learns_from_label:
        raise InvalidOption.of(
            f"Model {loop.model.name} is {with_article(learner.model_type)} model: "
            "without a label, history cannot say how good it was."
        )
    _check_table(session, loop.model, settings)
    replay = _Replay(session, loop, settings)
    return replay.run()


def _check_table(session: Session, model: ModelSpec, settings: BacktestSettings) -> None:
    """Raise UnknownName when the model does not read the table, or the table has no such time column."""
    read = relations_read(session, model.training_query)
    if name_key(settings.table) not in map(name_key, read):
        message = f"Model {model.name} does not read the table {settings.table!r}."
        raise UnknownName.of(message, hint=did_you_mean(settings.table, read))
    columns = schema_of(session.connection, settings.table).names
    if settings.time_column.casefold() not in map(str.casefold, columns):
        message = f"The table {settings.table} has no column {settings.time_column!r} to take the time from."
        raise UnknownName.of(message, hint=did_you_mean(settings.time_column, columns))


def _loop_of(graph: Graph, settings: BacktestSettings) -> _Loop:
    endpoint = graph.resources.get(_find(graph, Kind.ENDPOINT, settings.endpoint))
    assert endpoint is not None and isinstance(endpoint.spec, EndpointSpec)
    model = graph.resources[_find(graph, Kind.MODEL, endpoint.spec.model)]
    assert isinstance(model.spec, ModelSpec)
    monitors = [
        r.spec
        for r in graph.resources.values()
        if isinstance(r.spec, MonitorSpec)
        and r.spec.watched_kind is Kind.ENDPOINT
        and name_key(r.spec.watched) == endpoint.name.key
    ]
    triggers = [
        r.spec
        for r in graph.resources.values()
        if isinstance(r.spec, TriggerSpec)
        and any(a.verb == "retrain" and name_key(a.target or "") == model.name.key for a in r.spec.actions)
    ]
    return _Loop(model.spec, goals_of(graph, model), monitors, triggers)


def _find(graph: Graph, kind: Kind, name: str) -> ResourceName:
    wanted = name_key(name)
    found = next((n for n in graph.resources if n.kind is kind and n.key == wanted), None)
    if found is None:
        raise UnknownName.among(kind, name, [n.name for n in graph.resources if n.kind is kind])
    return found


class _Replay:
    """One walk through history."""

    def __init__(self, session: Session, loop: _Loop, settings: BacktestSettings) -> None:
        self._session = session
        self._loop = loop
        self._settings = settings
        self._connection = session.lake.connection()
        self._time = quote_identifier(settings.time_column)
        self._first, self._last, self._step = self._bounds()
        self._slices: list[_Slice] = []
        self._counts: list[int] = []
        self._retrainings: list[Retraining] = []
        self._trigger_states: dict[str, dict[str, Any]] = {
            trigger.name: {"since": self._first.isoformat()} for trigger in loop.triggers
        }

    def run(self) -> BacktestResult:
        begun = time.monotonic()
        trained, reference = self._train(self._first, gated=True)
        seconds = time.monotonic() - begun
        contenders = {name: _contender(trained, reference, seconds) for name in POLICIES}
        metric = leading_metric(trained.manifest.metrics) or ""
        moments = list(self._moments())
        for number, at in enumerate(moments, 1):
            arrived = self._arrived(at)
            self._slices += arrived
            rows = pa.concat_tables([piece.rows for piece in arrived])
            self._counts.append(rows.num_rows)
            for contender in contenders.values():
                contender.scores += [contender.model.score(p.rows) if p.rows.num_rows else np.empty(0) for p in arrived]
                contender.metrics.append(evaluate(contender.model, rows).get(metric) if rows.num_rows else None)
            now = at + self._step
            self._follow_policy(contenders["policy"], now)
            self._retrain_always(contenders["always"], now)
            self._tell(number, len(moments), begun)
        self._connection.close()
        return self._result(metric, moments, contenders)

    def _bounds(self) -> tuple[datetime, datetime, timedelta]:
        settings = self._settings
        sql = f"SELECT min({self._time})::TIMESTAMPTZ, max({self._time})::TIMESTAMPTZ FROM {quote_name(settings.table)}"
        low, high = self._connection.rows(sql)[0]
        if low is None or low == high:
            raise UserError.of(f"Table {settings.table} has no span of time to replay.")
        start = settings.start or low + max((high - low) / 5, self._needed_before())
        end = settings.end or high
        if not low < start < end:
            raise UserError.of(f"The start must lie between {low:%Y-%m-%d} and {end:%Y-%m-%d}, not {start:%Y-%m-%d}.")
        step = settings.step or max((end - start) / STEPS_BY_DEFAULT, timedelta(minutes=1))
        return start, end, step

    def _needed_before(self) -> timedelta:
        """Return how much history the first version needs: as much to train on as its goal's window judges by."""
        window = next((goal.window for goal in self._loop.goals if goal.window), timedelta(0))
        return 2 * window + self._settings.label_delay

    def _moments(self) -> Iterator[datetime]:
        at = self._first
        while at < self._last:
            yield at
            at += self._step

    def _arrived(self, at: datetime) -> list[_Slice]:
        """Return the rows of the step that begins at `at`, in as many slices as its labels come in."""
        delay = self._settings.label_delay
        count = min(MOST_SLICES, math.ceil(self._step / delay)) if timedelta(0) < delay < self._step else 1
        edges = [at + self._step * place / count for place in range(count + 1)]
        return [_Slice(low, high, self._rows(low, high)) for low, high in pairwise(edges)]

    def _between(self, low: datetime | None, high: datetime) -> str:
        """Return the table cut to [low, high), as SQL to stand in its place; moments are made by us, not given."""
        after = f"{self._time}::TIMESTAMPTZ >= TIMESTAMPTZ '{low.isoformat()}' AND " if low else ""
        until = f"{self._time}::TIMESTAMPTZ < TIMESTAMPTZ '{high.isoformat()}'"
        return f"(SELECT * FROM {quote_name(self._settings.table)} WHERE {after}{until})"

    def _rows(self, low: datetime, high: datetime) -> pa.Table:
        substitutes = {name_key(self._settings.table): self._between(low, high)}
        with training_query(self._session, self._loop.model, self._connection, substitutes) as query:
            return self._connection.table(query.sql)

    def _train(
        self, now: datetime, *, gated: bool, champion: LoadedModel | None = None, min_rows: int = 0
    ) -> tuple[TrainedModel, dict[str, ColumnSummary]]:
        """Train on what was known by `now`; what is gated holds the goal's judging rows out, as in production.

        Raises UntrainableModel when that is not `min_rows` more than what the champion was made of.
        """
        newest = NewestRows.of(self._loop.goals) if gated else None
        substitutes = {name_key(self._settings.table): self._between(None, now - self._settings.label_delay)}
        rows = read_training_rows(self._session, self._loop.model, newest, substitutes=substitutes)
        if champion is not None and min_rows:
            demand_new_rows(self._loop.model, rows, champion, min_rows)
        trained = train(
            rows.table,
            rows.options,
            seed=self._session.settings.seed,
            threads=self._session.threads,
            progress=lambda *_: None,
            transform=rows.transform,
            related=rows.related,
        )
        return trained, summarise_table(rows.table, [feature.name for feature in trained.manifest.features])

    def _follow_policy(self, contender: _Contender, now: datetime) -> None:
        evaluations = {}
        for monitor in self._loop.monitors:
            evaluation = self._evaluate(monitor, contender, now)
            if evaluation is not None:
                evaluations[monitor.name.casefold()] = evaluation
        for trigger in self._loop.triggers:
            state = self._trigger_states[trigger.name]
            watched = getattr(trigger.event, "monitor", "")
            facts = Facts(evaluations.get(watched.casefold()), labels=self._label_count(now))
            reason = due(trigger, state, facts, now)
            if reason is None:
                continue
            if facts.labels == contender.known:
                # As the live loop: there is nothing new to train on.
                state.update(passed=now.isoformat())
                continue
            state.update(last_fired=now.isoformat(), labels=facts.labels)
            contender.known = facts.labels
            self._retrain(contender, now, reason, trigger.min_rows)

    def _evaluate(self, monitor: MonitorSpec, contender: _Contender, now: datetime) -> Any:
        """Return the monitor's evaluation over the newest window, labels only where they were known by `now`."""
        # Like the live monitor: only what the version in force has answered itself.
        chosen = [place for place in _newest(self._slices, monitor, now) if place >= contender.since]
        rows = pa.concat_tables([self._slices[place].rows for place in chosen]) if chosen else None
        if rows is None or rows.num_rows < monitor.min_rows:
            return None
        label = contender.model.manifest.label
        delay = self._settings.label_delay
        pieces = [self._slices[place] for place in chosen]
        known = [np.full(piece.rows.num_rows, piece.end + delay <= now) for piece in pieces]
        mask = pa.array(np.concatenate(known))
        labels = rows.column(label).combine_chunks()
        actuals = pc.if_else(mask, labels, pa.scalar(None, labels.type))
        scores = np.concatenate([contender.scores[place] for place in chosen])
        manifest = contender.model.manifest
        inputs = rows.select([feature.name for feature in manifest.features])
        measured = measure_window(
            contender.reference,
            inputs,
            scores,
            actuals,
            manifest,
            reference_predictions=contender.predictions,
        )
        return breach_of(self._connection, monitor, measured, now, (pieces[0].start, now), rows.num_rows)

    def _label_count(self, now: datetime) -> int:
        known = now - self._settings.label_delay
        return sum(piece.rows.num_rows for piece in self._slices if piece.end <= known)

    def _retrain(self, contender: _Contender, now: datetime, reason: str, min_rows: int) -> None:
        begun = time.monotonic()
        try:
            trained, reference = self._train(now, gated=True, champion=contender.model, min_rows=min_rows)
        except UntrainableModel as problem:
            self._retrainings.append(Retraining(now, reason, False, str(problem), time.monotonic() - begun))
            return
        rival = evaluate(contender.model, trained.held_out)
        verdict = judge(self._connection, self._loop.goals, trained.manifest.metrics, rival)
        seconds = time.monotonic() - begun
        contender.trainings += 1
        contender.seconds += seconds
        if verdict.accepted:
            contender.model = load_model(trained.files, None)
            contender.reference = reference
            contender.predictions = judged_predictions(contender.model)
            contender.since = len(self._slices)
        self._retrainings.append(Retraining(now, reason, verdict.accepted, verdict.reason, seconds))

    def _retrain_always(self, contender: _Contender, now: datetime) -> None:
        begun = time.monotonic()
        trained, _ = self._train(now, gated=False)
        contender.trainings += 1
        contender.seconds += time.monotonic() - begun
        contender.model = load_model(trained.files, None)

    def _tell(self, done: int, total: int, begun: float) -> None:
        remaining = (time.monotonic() - begun) / done * (total - done)
        name = f"backtest {self._settings.endpoint}"
        self._session.listener(StepProgressed("backtest", name, done, total, remaining))

    def _result(self, metric: str, moments: Sequence[datetime], contenders: dict[str, _Contender]) -> BacktestResult:
        counts = self._counts
        steps = pa.table(
            {
                "at": pa.array(moments, pa.timestamp("us", "UTC")),
                "rows": pa.array(counts, pa.int64()),
                **{name: pa.array(contenders[name].metrics, pa.float64()) for name in POLICIES},
            }
        )
        overall = {name: _overall(contender, counts) for name, contender in contenders.items()}
        return BacktestResult(
            endpoint=self._settings.endpoint,
            metric=metric,
            lower_is_better=metric in ERRORS,
            steps=steps,
            overall=overall,
            trainings={name: contender.trainings for name, contender in contenders.items()},
            seconds={name: contender.seconds for name, contender in contenders.items()},
            retrainings=tuple(self._retrainings),
        )


def _contender(trained: TrainedModel, reference: dict[str, ColumnSummary], seconds: float) -> _Contender:
    model = load_model(trained.files, None)
    return _Contender(model, reference, judged_predictions(model), seconds=seconds)


def _newest(slices: Sequence[_Slice], monitor: MonitorSpec, now: datetime) -> list[int]:
    """Return the places of the slices that the monitor's window covers, oldest first, empty ones left out."""
    chosen: list[int] = []
    rows = 0
    for place in range(len(slices) - 1, -1, -1):
        if monitor.window is not None and slices[place].start < now - monitor.window:
            break
        if monitor.window_rows is not None and rows >= monitor.window_rows:
            break
        rows += slices[place].rows.num_rows
        chosen.append(place)
    return [place for place in reversed(chosen) if slices[place].rows.num_rows]


def _overall(contender: _Contender, counts: Sequence[int]) -> float | None:
    """Return the metric over the whole replay: the mean of the steps' values, weighted by their rows."""
    pairs = [(value, count) for value, count in zip(contender.metrics, counts, strict=True) if value is not None]
    total = sum(count for _, count in pairs)
    return sum(value * count for value, count in pairs) / total if total else None
