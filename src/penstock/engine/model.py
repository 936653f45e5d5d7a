"""Training a version of a model, judging it, and letting it serve."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version as package_version

import pyarrow as pa

from penstock.catalog.database import Catalog
from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.versions import Version, VersionStatus, add_version, aliases
from penstock.core.errors import Cancelled, UntrainableModel
from penstock.core.events import Noticed, StepProgressed
from penstock.core.names import folder_name
from penstock.drift.column import has_summary
from penstock.drift.summary import PROFILE, profile_to_json, summarise_table
from penstock.engine import forecast_gate
from penstock.engine.goal import Verdict, headline, judge
from penstock.engine.imported_model import made_elsewhere
from penstock.engine.interruption import ending_searches_first
from penstock.engine.loaded_model import load_version
from penstock.engine.model_option import recorded_only
from penstock.engine.recipe import recipe_of
from penstock.engine.release_move import keep_waiting, let_serve
from penstock.engine.session import Session
from penstock.engine.training_data import NewestRows, TrainingRows, read_training_rows
from penstock.engine.trial import StoredTrials
from penstock.learn.artifact import LoadedModel, artifact_hash
from penstock.learn.feature_column import flatten
from penstock.learn.fitting import TrainedModel
from penstock.learn.judgement import evaluate
from penstock.learn.learner import SelfJudgingLearner, Watch
from penstock.learn.manifest import RAW_INPUT
from penstock.learn.registry import learner_of, model_type_of
from penstock.learn.related_feature import related_of
from penstock.learn.schema import Task
from penstock.learn.shared_options import option_specs
from penstock.learn.training import train
from penstock.learn.transform_in_graph import with_transform_in_graph
from penstock.learn.trial import TUNING
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.sql.canonical import canonical

PACKAGES = ("penstock", "lightgbm", "scikit-learn", "onnxruntime", "duckdb", "numpy", "pyarrow")


@dataclass(frozen=True)
class VersionMade:
    """A version as it left the gate. An accepted one that does not serve is on its way: its release has begun."""

    version: Version
    verdict: Verdict
    seconds: float
    serves: bool

    @property
    def summary(self) -> str:
        metric = headline(self.verdict.metrics)
        state = "champion" if self.serves else "release begins" if self.verdict.accepted else "rejected"
        return f"version {self.version.number}, {metric}, {state}"


def make_version(
    session: Session,
    spec: ModelSpec,
    goals: Sequence[GoalSpec],
    *,
    run_id: str,
    reason: str,
    also: Callable[[Catalog], None],
    min_new_rows: int = 0,
) -> VersionMade:
    """Train a version, judge it against the champion on the same rows, record it and move the aliases.

    The version, its status, the aliases and what `also` writes become visible together; a process killed before leaves
    nothing but an unreferenced artifact. Raises UserError when the data cannot make this model.
    """
    begun = time.monotonic()
    newest = NewestRows.of(goals)
    champion = _champion(session, spec.name)
    warm = None
    if spec.query is None:
        rows = TrainingRows(pa.table({}), spec.options, None, {})
        trained = made_elsewhere(session, spec)
        _tell(session, spec, trained)
    else:
        series = forecast_gate.forecasts(spec)
        newest = forecast_gate.newest_times(spec, goals) if series else newest
        with session.lake_turn:
            rows = read_training_rows(session, spec, None if series else newest)
        if champion is not None and min_new_rows:
            demand_new_rows(spec, rows, champion[1], min_new_rows)
        warm = champion if _is_warm(rows) or _searches(spec) else None
        trained = _train(session, spec, rows, warm[1] if warm else None, run_id, begun)
        if series and newest is not None:
            trained = forecast_gate.with_metrics(trained, rows, newest, session.threads)
    rival = _rival(session, champion[1], trained, rows, newest) if champion else None
    with session.lake_turn, closing(session.lake.connection()) as connection:
        verdict = judge(connection, goals, trained.manifest.metrics, rival)
    recipe = recipe_of(spec, newest, warm[0].number if warm else None)
    version, serves = _record(session, spec, trained, rows, verdict, recipe, run_id=run_id, reason=reason, also=also)
    if TUNING in trained.manifest.details:
        StoredTrials(session.storage, spec.name).forget()
    return VersionMade(version, verdict, time.monotonic() - begun, serves)


def demand_new_rows(spec: ModelSpec, rows: TrainingRows, champion: LoadedModel, wanted: int) -> None:
    """Raise UntrainableModel when the rows are not `wanted` more than those that made the champion."""
    seen = champion.manifest.train_rows + champion.manifest.held_out_rows
    new = rows.table.num_rows + rows.left_out - seen
    if new < wanted:
        raise UntrainableModel.of(
            f"Model {spec.name} is not trained again: {max(new, 0):,} new rows, and min_rows asks for {wanted:,}."
        )


def _champion(session: Session, model: str) -> tuple[Version, LoadedModel] | None:
    if "champion" not in aliases(session.catalog, model):
        return None
    return load_version(session.catalog, session.storage, session.models, model)


def _rival(
    session: Session, champion: LoadedModel, trained: TrainedModel, rows: TrainingRows, newest: NewestRows | None
) -> dict[str, float | None] | None:
    if trained.manifest.task is not Task.FORECASTING:
        return _metrics_on(champion, trained)
    if newest is None:
        return None
    return forecast_gate.rival_metrics(champion, trained, rows, newest, session.threads)


def _metrics_on(champion: LoadedModel, trained: TrainedModel) -> dict[str, float | None] | None:
    """Return the champion's metrics on the candidate's judging rows, or None when it cannot read them.

    A candidate whose features or label are others than the champion's cannot be compared with it.
    """
    manifest = champion.manifest
    if not manifest.task.scores_rows or manifest.task is not trained.manifest.task:
        return None
    # What was made of other tables stands in the rows, whether the candidate takes it or not.
    related = related_of(manifest.details)
    made = {feature.name for feature in related.features} if related else set()
    given = {(feature.name, feature.type) for feature in trained.manifest.features}
    same_features = {(feature.name, feature.type) for feature in manifest.features if feature.name not in made} <= given
    same_features &= made <= set(trained.held_out.column_names)
    same_label = manifest.label == trained.manifest.label and manifest.label_arrow == trained.manifest.label_arrow
    if not (same_features and same_label):
        return None
    if trained.manifest.judged_in_turns:
        # The champion was fitted on rows that judge the candidate; what it was itself judged by is the fairer measure.
        return dict(manifest.metrics)
    return evaluate(champion, trained.held_out)


def _is_warm(rows: TrainingRows) -> bool:
    return "warm_start" in rows.options and rows.options["warm_start"].value is True


def _searches(spec: ModelSpec) -> bool:
    return isinstance(learner_of(spec.model_type), SelfJudgingLearner)


def _train(
    session: Session, spec: ModelSpec, rows: TrainingRows, warm: LoadedModel | None, run_id: str, begun: float
) -> TrainedModel:
    with _searching(session, spec) as stopped:
        trained = train(
            rows.table,
            rows.options,
            seed=_seed(session, rows),
            threads=session.threads,
            progress=_progress(session, spec.name, run_id),
            transform=rows.transform,
            related=rows.related,
            holidays=rows.holidays,
            warm_start=warm,
            trials=StoredTrials(session.storage, spec.name),
            watch=Watch(begun, stopped),
        )
    if rows.expressions is not None:
        trained = with_transform_in_graph(trained, rows.expressions, rows.table)
    _tell(session, spec, trained)
    return trained


@contextmanager
def _searching(session: Session, spec: ModelSpec) -> Iterator[Callable[[], bool]]:
    """Give the question whether the training is asked to end with what it has; nobody asks those that have nothing."""
    if not _searches(spec):
        yield lambda: False
        return
    with session.searches.one() as asked, ending_searches_first(session.searches):
        yield asked


def _tell(session: Session, spec: ModelSpec, trained: TrainedModel) -> None:
    for warning in trained.warnings:
        session.listener(Noticed(f"model {spec.name}", f"{warning.message} {warning.hint or ''}".strip()))
    told = recorded_only(spec.options, option_specs(model_type_of(spec.model_type)))
    for note in (*trained.manifest.notes, *told):
        session.listener(Noticed(f"model {spec.name}", note))


def _seed(session: Session, rows: TrainingRows) -> int:
    given = rows.options.get("seed")
    return given.value if given is not None and isinstance(given.value, int) else session.settings.seed


def _progress(session: Session, model: str, run_id: str) -> Callable[[int, int, str], None]:
    begun = time.monotonic()

    def tell(done: int, total: int, note: str) -> None:
        if session.cancelled.is_set():
            raise Cancelled.of(f"The training of model {model} was stopped.")
        elapsed = time.monotonic() - begun
        remaining = elapsed / done * (total - done) if done else None
        session.listener(StepProgressed(run_id, f"model {model}", done, total, remaining, note))

    return tell


def _record(
    session: Session,
    spec: ModelSpec,
    trained: TrainedModel,
    rows: TrainingRows,
    verdict: Verdict,
    recipe: Mapping[str, object],
    *,
    run_id: str,
    reason: str,
    also: Callable[[Catalog], None],
) -> tuple[Version, bool]:
    """Return the version as it is recorded, and whether it serves."""
    features = [feature.name for feature in trained.manifest.features]
    table = flatten(rows.table)
    columns = [name for name in (*features, trained.manifest.label) if name in table.column_names]
    columns += [field.name for field in table.schema if field.name.startswith(RAW_INPUT) and has_summary(field.type)]
    profile = profile_to_json(summarise_table(table, columns, session.threads))
    files = {**trained.files, PROFILE: profile.encode()}
    folder = f"models/{folder_name(spec.name)}/{uuid.uuid4().hex}"
    session.storage.write(folder, files)
    now = session.clock.now()
    status: VersionStatus = "accepted" if verdict.accepted else "rejected"
    with session.catalog.together() as catalog:
        version = add_version(
            catalog,
            model=spec.name,
            created_at=now,
            run_id=run_id,
            definition=definition_of(spec),
            options=recipe,
            seed=trained.manifest.seed,
            metrics=trained.manifest.metrics,
            sources=rows.sources,
            packages={name: package_version(name) for name in PACKAGES},
            artifact=folder,
            artifact_hash=artifact_hash(files),
            status=status,
            reason=f"{reason}; {verdict.reason}",
        )
        serves = verdict.accepted and let_serve(
            catalog, spec.name, version.number, now, verdict.reason, trained.manifest.task
        )
        if not verdict.accepted:
            keep_waiting(catalog, spec.name, version.number, now, verdict.reason)
        message = f"version {version.number} {status}: {verdict.reason}"
        data = {
            "metrics": dict(verdict.metrics),
            "champion": verdict.champion_metrics and dict(verdict.champion_metrics),
        }
        add_history(catalog, HistoryEntry(now, status, f"model {spec.name}", message, data))
        also(catalog)
    return version, serves


def definition_of(spec: ModelSpec) -> str:
    """Return the model's canonical definition: its query and its TRANSFORM, or what makes it elsewhere."""
    if spec.query is None:
        fields = [[f"{field}" for field in fields] for fields in (spec.inputs, spec.outputs)]
        return json.dumps({"path": spec.path, "connection": spec.connection, "fields": fields}, ensure_ascii=False)
    query = canonical(spec.query)
    if spec.holidays is not None:
        query = f"(training_data AS ({query}), custom_holiday AS ({canonical(spec.holidays)}))"
    return f"TRANSFORM ({canonical(spec.transform)}) AS {query}" if spec.transform else query
