"""The data plane: endpoints by name, each with its route, answering rows and taking feedback. No HTTP in it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.catalog.database import Catalog
from penstock.catalog.objects import list_objects
from penstock.catalog.versions import aliases_of_all, get_version
from penstock.core.clock import Clock
from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import CorruptArtifact, StorageFailure, UnknownName, UserError
from penstock.core.names import Kind, name_key
from penstock.core.settings import Settings
from penstock.lake.database import Lake, open_lake
from penstock.lake.storage import Storage
from penstock.learn.artifact import load_model
from penstock.serving.compaction import Compacted, compact
from penstock.serving.feedback import FeedbackAnswer, KnownPredictions, feedback_answer, label_lines, unknown_labels
from penstock.serving.prediction_log import LABELS, PREDICTIONS, LogLag, PredictionLog, prediction_line
from penstock.serving.routing import Route, RoutePlan, aliases_for, route_plan
from penstock.serving.row import CheckedRows
from penstock.serving.scoring import ServedModel

Json = Any
SHADOW = "shadow"
# A version that would not load is not read again from storage at every poll.
_RETRY_SECONDS = 10.0


class NotReady(UserError):
    """The endpoint exists but cannot answer yet; the diagnostics say why."""

    code = "not-ready"


@dataclass(frozen=True)
class Answer:
    """What a request gets: one prediction for each row, in order, each with its `prediction_id`."""

    endpoint: str
    request_id: str
    model: str
    version: int
    variant: str
    predictions: list[dict[str, Json]]
    served: ServedModel
    route: Route
    rows: CheckedRows


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

    def __init__(self, catalog: Catalog, lake: Lake, storage: Storage, folder: Path, clock: Clock) -> None:
        self.catalog = catalog
        self.log = PredictionLog(folder)
        self._lake = lake
        self._storage = storage
        self._clock = clock
        self._transforms = open_lake(None)
        self._known = KnownPredictions(lake)
        self._state = _State()
        self._refreshing = threading.Lock()
        self._compacting = threading.Lock()
        self._models: dict[tuple[str, int], ServedModel] = {}
        self._failed: dict[str, _Failed] = {}

    def predict(
        self,
        endpoint: str,
        rows: object,
        request_id: str | None = None,
        *,
        version: int | None = None,
        parsed_json: bool = False,
    ) -> Answer:
        """Return the predictions of a list of rows, which are in the log by then.

        `version` asks for one of the versions that the endpoint has in service. Raises UnknownName for an
        endpoint or version that is not there, NotReady, InvalidRows, and StorageFailure when the log cannot be
        written: nothing is answered then.
        """
        route = self.route(endpoint)
        request_id = request_id or uuid.uuid4().hex
        variant, model = route.choose(request_id) if version is None else _of_version(route, version)
        asked = model.reader.read(rows, parsed_json=parsed_json)
        checked = model.completed(asked)
        predictions = model.predict(checked)
        for prediction in predictions:
            prediction["prediction_id"] = uuid.uuid4().hex
        answer = Answer(
            route.plan.endpoint,
            request_id,
            route.plan.model,
            model.version,
            variant,
            predictions,
            model,
            route,
            asked,
        )
        if route.plan.log:
            self._write(answer, model, variant, predictions, checked)
        return answer

    def score_shadow(self, answer: Answer) -> None:
        """Let the endpoint's shadow version answer the same rows, for the log only, under the same prediction ids.

        Raises InvalidRows when the shadow version takes other columns.
        """
        shadow = answer.route.shadow
        if shadow is None or not answer.route.plan.log:
            return
        checked = shadow.completed(shadow.reader.read([dict(row) for row in answer.rows.values]))
        predictions = shadow.predict(checked)
        for prediction, answered in zip(predictions, answer.predictions, strict=True):
            prediction["prediction_id"] = answered["prediction_id"]
        self._write(answer, shadow, SHADOW, predictions, checked)

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
            self._models = {key: model for key, model in self._models.items() if key in used}

    def compact(self) -> Compacted:
        """Move what is in the log into the lake; raises Busy or StorageFailure, and then it waits in the log."""
        with self._compacting:
            self.log.rotate()
            return compact(self._lake, self.log.folder, self._clock.now())

    def lag(self) -> LogLag:
        """Return what waits in the log."""
        return self.log.lag(time.time())

    def close(self) -> None:
        """End the log's segments and let go of what this plane opened itself."""
        self.log.close()
        self._transforms.close()

    def _write(
        self,
        answer: Answer,
        model: ServedModel,
        variant: str,
        predictions: list[dict[str, Json]],
        rows: CheckedRows,
    ) -> None:
        at = self._clock.now()
        lines = []
        for prediction, inputs in zip(predictions, rows.logged, strict=True):
            outputs = {key: value for key, value in prediction.items() if key != "prediction_id"}
            lines.append(
                prediction_line(
                    at=at,
                    endpoint=answer.endpoint,
                    request_id=answer.request_id,
                    prediction_id=prediction["prediction_id"],
                    model=answer.model,
                    version=model.version,
                    variant=variant,
                    inputs=inputs,
                    outputs=outputs,
                )
            )
        self.log.append(PREDICTIONS, lines)
        if variant != SHADOW:
            self._known.add(prediction["prediction_id"] for prediction in predictions)

    def _routed(self, key: str, plan: RoutePlan) -> EndpointStatus:
        """Return the endpoint with the route of `plan`, or with the one it has when a version does not load."""
        before = self._state.statuses.get(key)
        route = before.route if before else None
        if route is not None and route.plan == plan:
            return EndpointStatus(plan.endpoint, plan.model, plan, route, None)
        failed = self._failed.get(key)
        if failed is None or failed.plan != plan or time.monotonic() - failed.at > _RETRY_SECONDS:
            try:
                models = {number: self._served(plan.model, number) for number in plan.numbers}
            except UserError as problem:
                failed = self._failed[key] = _Failed(plan, problem, time.monotonic())
            else:
                self._failed.pop(key, None)
                return EndpointStatus(plan.endpoint, plan.model, plan, Route(plan, models), None)
        return EndpointStatus(plan.endpoint, plan.model, plan, route, str(failed.problem))

    def _served(self, model: str, number: int) -> ServedModel:
        """Return the version, loaded and warm."""
        key = (name_key(model), number)
        if key not in self._models:
            version = get_version(self.catalog, model, number)
            try:
                loaded = load_model(self._storage.read(version.artifact), version.artifact_hash)
            except (CorruptArtifact, StorageFailure) as problem:
                raise problem.about(f"Version {number} of model {model}") from problem
            served = ServedModel(version.model, number, loaded, self._transforms, self._lake)
            served.warm_up()
            self._models[key] = served
        return self._models[key]


def _of_version(route: Route, version: int) -> tuple[str, ServedModel]:
    """Return the variant that has this version; raises UnknownName when the route has none."""
    for share in route.plan.shares:
        if share.number == version:
            return share.variant, route.models[version]
    served = ", ".join(str(share.number) for share in route.plan.shares)
    message = f"Endpoint {route.plan.endpoint!r} has no version {version} in service."
    raise UnknownName(Diagnostic(UnknownName.code, message, None, f"It has {served}."))


def open_data_plane(catalog: Catalog, lake: Lake, storage: Storage, settings: Settings, clock: Clock) -> DataPlane:
    """Return the data plane of a project, its routes loaded; the log lives in `.penstock/log`.

    An endpoint whose version does not load is there, not ready. Raises Busy or StorageFailure when the catalog
    cannot be read.
    """
    plane = DataPlane(catalog, lake, storage, settings.state / "log", clock)
    plane.refresh()
    return plane
