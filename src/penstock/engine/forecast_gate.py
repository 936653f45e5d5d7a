"""How the gate judges a time series model: by what it would have forecast of the newest times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from penstock.core.errors import UserError
from penstock.engine.training_data import NewestRows, TrainingRows
from penstock.learn.artifact import MANIFEST, LoadedModel
from penstock.learn.fitting import TrainedModel
from penstock.learn.forecast_judgement import judged_on_newest
from penstock.learn.forecast_option import TIMESTAMP
from penstock.learn.registry import learner_of
from penstock.learn.schema import Task
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec

Metrics = dict[str, float | None]


def forecasts(spec: ModelSpec) -> bool:
    """Say whether a model that is trained here is one of time series."""
    return learner_of(spec.model_type).task is Task.FORECASTING


def newest_times(spec: ModelSpec, goals: Sequence[GoalSpec]) -> NewestRows | None:
    """Return which times judge a time series model that has a goal: those of the goal's window, or the newest fifth."""
    if not goals:
        return None
    column = spec.options.get(TIMESTAMP)
    window = next((goal.window for goal in goals if goal.window), None)
    return NewestRows(str(column.value) if column else "", window)


def with_metrics(trained: TrainedModel, rows: TrainingRows, newest: NewestRows, threads: int) -> TrainedModel:
    """Return the model, which has learned from all rows, with the metrics of one that had to forecast the newest."""
    manifest = trained.manifest
    found = judged_on_newest(
        rows.table, manifest, newest.window, seed=manifest.seed, threads=threads, holidays=rows.holidays
    )
    judged = replace(manifest, metrics={**found, **manifest.metrics}, judged_on="the newest times")
    return replace(trained, manifest=judged, files={**trained.files, MANIFEST: judged.as_json().encode()})


def rival_metrics(
    champion: LoadedModel, trained: TrainedModel, rows: TrainingRows, newest: NewestRows, threads: int
) -> Metrics | None:
    """Return the metrics of the champion's options on the same times, from the same rows before them.

    What the champion has learned itself is older, or has seen these times. None for a champion that reads other columns
    or is no time series model.
    """
    if champion.manifest.task is not Task.FORECASTING:
        return None
    own, other = (
        {name: value for name, value in manifest.options.items() if name != "description"}
        for manifest in (trained.manifest, champion.manifest)
    )
    if own == other and trained.manifest.features == champion.manifest.features:
        return dict(trained.manifest.metrics)
    try:
        found = judged_on_newest(
            rows.table,
            champion.manifest,
            newest.window,
            seed=trained.manifest.seed,
            threads=threads,
            holidays=rows.holidays,
        )
    except UserError:
        # Its options cannot be fitted to these columns and rows: there is nothing to compare with.
        return None
    return {**found, **champion.manifest.metrics, **found}
