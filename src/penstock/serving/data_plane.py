"""The data plane: endpoints by name, each with its route, answering rows and taking feedback. No HTTP in it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from penstock.catalog.api_keys import ApiKey, list_api_keys
from penstock.catalog.database import Catalog
from penstock.catalog.objects import list_objects
from penstock.catalog.versions import aliases_of_all
from penstock.core.clock import Clock
from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import StorageFailure, UnknownName, UserError
from penstock.core.log_key import VARIABLE as LOG_KEY
from penstock.core.log_key import log_key
from penstock.core.names import Kind, name_key
from penstock.core.settings import Settings
from penstock.lake.database import Lake, open_lake
from penstock.lake.storage import Storage
from penstock.serving.assignment import NO_WISH, Wish, assigned, column_of
from penstock.serving.compaction import Compacted, compact
from penstock.serving.feedback import FeedbackAnswer, KnownPredictions, feedback_answer, label_lines, unknown_labels
from penstock.serving.health_reporter import HealthReporter
from penstock.serving.log_keeper import LogKeeper
from penstock.serving.log_policy import DROPPED, UNSAMPLED, SkippedRows
from penstock.serving.log_text import lines_text
from penstock.serving.model_store import ModelStore
from penstock.serving.prediction_id import PredictionIds
from penstock.serving.prediction_log import LABELS, PREDICTIONS, LogLag, PredictionLog
from penstock.serving.question import Question, Scored, rows_read, scored_together
from penstock.serving.routing import Route, RoutePlan, aliases_for, route_plan
from penstock.serving.row import CheckedRows
from penstock.serving.scoring import ServedModel
from penstock.serving.shadow_queue import ShadowQueue

Json = Any
SHADOW = "shadow"
# A version that would not load is not read again from storage at every poll.
_RETRY_SECONDS = 10.0


class NotReady(UserError):
    """The endpoint exists but cannot answer yet; the diagnostics say why."""

    code = "not-ready"


@dataclass(frozen=True)
class Answer:
    """What a request gets: one prediction for each row, in order, each with its `prediction_id`.

    `key` is what the request stays with, if anything; `forced` says that the caller chose the version, `logged` that
    the answer is in the prediction log.
    """

    endpoint: str
    request_id: str
    model: str
    version: int
    variant: str
    predictions: list[dict[str, Json]]
    served: ServedModel
    route: Route
    rows: CheckedRows
    key: str | None = None
    forced: bool = False
    logged: bool = True


@dataclass(frozen=True)
class EndpointStatus:
    """An endpoint as it stands: its plan (None while no version can answer), its route, and what is wrong."""

    endpoint: str
    model: str
    plan: RoutePlan | None
    route: Route | None
    problem: str | None


@dataclass(frozen=True)
class _Failed:
    plan: RoutePlan
    problem: UserError
    at: float


@dataclass(frozen=True)
class _State:
    """All that a request reads, replaced as a whole."""

    statuses: Mapping[str, EndpointStatus] = field(default_factory=dict)


class DataPlane:
    """Serves a project's endpoints. Safe to use from many threads."""

    def __init__(
        self, catalog: Catalog, lake: Lake, storage: Storage, settings: Settings, clock: Clock, secret: bytes | None
    ) -> None:
        """`secret` is the key of the columns that the log has as hashes; endpoints with such columns need one."""
        self.catalog = catalog
        self.log = PredictionLog(settings.state / "log", settings.log_bytes)
        self.skipped = SkippedRows()
        self._keeper = LogKeeper(self.log, self.skipped, catalog, clock)
        self._secret = secret
        self._lake = lake
        self._clock = clock
        self._transforms = open_lake(None)
        self.models = ModelStore(catalog, storage, self._transforms, lake, settings.model_bytes)
        self._known = KnownPredictions(lake, self.log.folder)
        self._ids = PredictionIds()
        # What is answered is offered to it by whoever has sent the answer.
        self.shadows = ShadowQueue(self.score_shadow)
        # By their ids, as they were at the last refresh.
        self.api_keys: Mapping[str, ApiKey] = {}
        self._state = _State()
        self._refreshing = threading.Lock()
        self._compacting = threading.Lock()
        self._failed: dict[str, _Failed] = {}
        self._health = HealthReporter()

    def predict(
        self,
        endpoint: str,
        rows: object,
        request_id: str | None = None,
        *,
        wish: Wish = NO_WISH,
        parsed_json: bool = False,
    ) -> Answer:
        """Return the predictions of a list of rows, which are in the log by then.

        `wish` is what the request says of who answers. Raises UnknownName for an endpoint or version that is not
        there, UnknownVariant, NotReady, InvalidRows, and StorageFailure when the log cannot be written: nothing is
        answered then.
        """
        question = self.question(endpoint, rows, request_id, wish=wish, parsed_json=parsed_json)
        (answer,) = self.answers((question,))
        if isinstance(answer, UserError):
            raise answer
        return answer

    def question(
        self,
        endpoint: str,
        rows: object,
        request_id: str | None = None,
        *,
        wish: Wish = NO_WISH,
        parsed_json: bool = False,
    ) -> Question:
        """Return a request as its version reads it; nothing is scored. Raises as `predict` does."""
        route = self.route(endpoint)
        request_id = request_id or self._ids.take()
        who = assigned(route, request_id, column_of(rows), wish)
        read = rows_read(route, who.model, rows, parsed_json=parsed_json)
        return Question(route, request_id, who.variant, who.model, read, who.key, who.forced)

    def answers(self, questions: Sequence[Question]) -> list[Answer | UserError]:
        """Return what each question gets, in order: its answer, or why it gets none.

        Questions to one version are scored together, and all that is logged is logged by one write. A question whose
        rows cannot be scored fails alone; where the log cannot be written all that are logged fail.
        """
        together: dict[int, list[int]] = {}
        for place, question in enumerate(questions):
            together.setdefault(id(question.model), []).append(place)
        found: list[Answer | UserError | None] = [None] * len(questions)
        texts: list[bytes] = []
        ids: list[str] = []
        at = self._clock.now()
        for places in together.values():
            asked = [questions[place] for place in places]
            for place, scored in zip(places, scored_together(asked), strict=True):
                if isinstance(scored, UserError):
                    found[place] = scored
                    continue
                answer = found[place] = _answer(questions[place], scored, self._ids)
                if answer.logged:
                    texts.append(_text(answer, answer.served, answer.variant, scored, at, self._secret))
                    ids += [prediction["prediction_id"] for prediction in scored.predictions]
                elif answer.route.plan.log:
                    self.skipped.add(answer.endpoint, UNSAMPLED, len(scored.predictions))
        told = [each for each in found if each is not None]
        if not texts:
            return told
        try:
            self.log.append_text(PREDICTIONS, b"".join(texts))
        except StorageFailure as problem:
            return [self._unlogged(each, problem) for each in told]
        self._known.add(ids)
        return told

    def _unlogged(self, answer: Answer | UserError, problem: StorageFailure) -> Answer | UserError:
        """Return what a request gets when the log could not be written, as its endpoint's `log_full` says."""
        if not isinstance(answer, Answer) or not answer.logged:
            return answer
        if not answer.route.plan.logging.drops:
            return problem
        self.skipped.add(answer.endpoint, DROPPED, len(answer.predictions))
        return replace(answer, logged=False)

    def score_shadow(self, answer: Answer) -> None:
        """Let the endpoint's shadow version answer the same rows, for the log only, under the same prediction ids.

        Raises InvalidRows when the shadow version takes other columns.
        """
        shadow = answer.route.shadow_for(answer.request_id, answer.version)
        if shadow is None or not (answer.logged or answer.route.health):
            return
        scored = _scored_by_shadow(answer, shadow)
        if answer.logged:
            at = self._clock.now()
            self.log.append_text(PREDICTIONS, _text(answer, shadow, SHADOW, scored, at, self._secret))

    def feedback(self, endpoint: str, rows: Sequence[object]) -> FeedbackAnswer:
        """Take what really happened: rows of `prediction_id` and `actual`; the last one for a prediction counts.

        A label of a class that the model does not know is taken, and the answer warns of it. Raises UnknownName for an
        unknown endpoint, InvalidRows, StorageFailure when the log cannot be written.
        """
        status = self.status(endpoint)
        main = status.route.main if status.route else None
        manifest = main.manifest if main else None
        lines = label_lines(rows, status.endpoint, manifest, self._clock.now())
        unknown = self._known.count_unknown(status.endpoint, {line["prediction_id"] for line in lines})
        self.log.append(LABELS, lines)
        served = f"version {main.version} of {main.model}" if main else ""
        labels = unknown_labels(lines, manifest)
        return feedback_answer(len(rows), unknown, labels, served, manifest.classes if manifest else ())

    def route(self, endpoint: str) -> Route:
        """Return the endpoint's route as it is now; raises UnknownName, or NotReady when nothing can answer."""
        status = self._state.statuses.get(endpoint) or self.status(endpoint)
        if status.route is None:
            message = f"Endpoint {status.endpoint!r} cannot answer yet: {status.problem}"
            raise NotReady(Diagnostic(NotReady.code, message))
        return status.route

    def status(self, endpoint: str) -> EndpointStatus:
        """Return the endpoint as it stands; raises UnknownName with the nearest."""
        status = self._state.statuses.get(name_key(endpoint))
        if status is None:
            raise UnknownName.among("endpoint", endpoint, [known.endpoint for known in self.endpoints()])
        return status

    def endpoints(self) -> list[EndpointStatus]:
        """Return every endpoint, by name."""
        return sorted(self._state.statuses.values(), key=lambda status: status.endpoint)

    def ready(self) -> list[str]:
        """Return why endpoints cannot answer: nothing when each has versions that are loaded and warm."""
        return [f"{s.endpoint}: {s.problem}" for s in self.endpoints() if s.route is None]

    def problems(self) -> list[str]:
        """Return all that is wrong with endpoints, those that an older version answers in the meantime too."""
        return [f"{s.endpoint}: {s.problem}" for s in self.endpoints() if s.problem is not None]

    def refresh(self) -> None:
        """Bring the routes in line with the catalog.

        A new version is loaded and has answered a row before its route takes the old one's place; a version
        that fails to load leaves the old route in place and is named by `problems`. Raises Busy or StorageFailure
        when the catalog cannot be read.
        """
        with self._refreshing:
            self.api_keys = {key.id: key for key in list_api_keys(self.catalog)}
            of_all = aliases_of_all(self.catalog)
            statuses: dict[str, EndpointStatus] = {}
            for found in list_objects(self.catalog, Kind.ENDPOINT):
                name, model = found.name.name, str(found.state["model"])
                plan = route_plan(found, aliases_for(found, of_all))
                if plan is None:
                    problem = f"no version of model {model} was accepted yet"
                    statuses[found.name.key] = EndpointStatus(name, model, None, None, problem)
                else:
                    statuses[found.name.key] = self._routed(found.name.key, plan)
            self._state = _State(statuses)
            used = {
                (name_key(status.model), number)
                for status in statuses.values()
                if status.route
                for number in status.route.models
            }
            self.models.keep_only(used)
            routes = [status.route for status in statuses.values() if status.route]
            self._health.turn(self.catalog, self._lake, routes, self._clock.now())

    def settle(self) -> Compacted:
        """Wait for the shadows of what has been answered, and move all that is in the log into the lake."""
        self.shadows.drain()
        return self.compact()

    def keep_log(self) -> None:
        """Do what this process has to do for its log every few seconds, whoever compacts it; raises Busy or
        StorageFailure, to be tried again.
        """
        with self._compacting:
            self._keeper.turn()

    def compact(self) -> Compacted:
        """Move what is in the log into the lake; raises Busy or StorageFailure, and then it waits in the log."""
        with self._compacting:
            self._keeper.turn()
            return compact(self._lake, self.log.folder, self._clock.now())

    def lag(self) -> LogLag:
        """Return what waits in the log."""
        return self.log.lag(time.time())

    def close(self) -> None:
        """End the log's segments and let go of what this plane opened itself."""
        self.shadows.close()
        self.log.close()
        self._transforms.close()

    def _routed(self, key: str, plan: RoutePlan) -> EndpointStatus:
        """Return the endpoint with the route of `plan`, or with the one it has when a version does not load."""
        before = self._state.statuses.get(key)
        route = before.route if before else None
        if plan.logging.hashed and self._secret is None:
            # An older route would log what must not be.
            problem = f"the environment has no key of columns to hash: {LOG_KEY} is not set, or too short"
            return EndpointStatus(plan.endpoint, plan.model, plan, None, problem)
        if route is not None and route.plan == plan:
            return EndpointStatus(plan.endpoint, plan.model, plan, route, None)
        failed = self._failed.get(key)
        if failed is None or failed.plan != plan or time.monotonic() - failed.at > _RETRY_SECONDS:
            try:
                models = {number: self.models.served(plan.model, number) for number in plan.numbers}
            except UserError as problem:
                failed = self._failed[key] = _Failed(plan, problem, time.monotonic())
            else:
                self._failed.pop(key, None)
                health = self._health.stage(plan.endpoint, plan.release)
                return EndpointStatus(plan.endpoint, plan.model, plan, Route(plan, models, health), None)
        return EndpointStatus(plan.endpoint, plan.model, plan, route, str(failed.problem))


def _answer(question: Question, scored: Scored, ids: PredictionIds) -> Answer:
    for prediction in scored.predictions:
        prediction["prediction_id"] = ids.take()
    plan, model = question.route.plan, question.model
    logged = plan.log and plan.logging.takes(plan.endpoint, question.request_id)
    return Answer(
        plan.endpoint,
        question.request_id,
        plan.model,
        model.version,
        question.variant,
        scored.predictions,
        model,
        question.route,
        question.rows,
        question.key,
        question.forced,
        logged,
    )


def _scored_by_shadow(answer: Answer, shadow: ServedModel) -> Scored:
    """Return what another version makes of an answer's rows, under the same ids; a release counts how it did."""
    health = answer.route.health
    with health.shadowing(shadow.version) if health else nullcontext():
        rows = shadow.completed(shadow.reader.read([dict(row) for row in answer.rows.values]))
        predictions = shadow.predict(rows)
    if health is not None:
        health.compared(shadow.version, predictions, answer.version, answer.predictions)
    for prediction, answered in zip(predictions, answer.predictions, strict=True):
        prediction["prediction_id"] = answered["prediction_id"]
    return Scored(predictions, rows)


def _text(
    answer: Answer, model: ServedModel, variant: str, scored: Scored, at: datetime, secret: bytes | None
) -> bytes:
    """Return the log's lines for the predictions of a version, which may be the one in the shadow."""
    plan = answer.route.plan
    policy, key = plan.logging, plan.logging.logged_key(answer.key, plan.sticky_by, secret)
    line = {
        "at": at,
        "endpoint": answer.endpoint,
        "request_id": answer.request_id,
        "model": answer.model,
        "version": model.version,
        "variant": variant,
    }
    # What most requests do not have stands in a line only where it is.
    if key is not None:
        line["key"] = key
    if answer.forced:
        line["forced"] = True
    logged = None if policy.is_whole else partial(policy.logged, key=secret)
    return lines_text(line, scored.predictions, scored.rows, logged)


def open_data_plane(
    catalog: Catalog,
    lake: Lake,
    storage: Storage,
    settings: Settings,
    clock: Clock,
    environment: Mapping[str, str] = os.environ,
) -> DataPlane:
    """Return the data plane of a project, its routes loaded; the log lives in `.penstock/log`.

    An endpoint whose version does not load, or whose log needs a key that the environment has not, is there, not
    ready. Raises Busy or StorageFailure when the catalog cannot be read.
    """
    try:
        secret = log_key(environment)
    except UserError:
        secret = None
    plane = DataPlane(catalog, lake, storage, settings, clock, secret)
    plane.refresh()
    return plane
