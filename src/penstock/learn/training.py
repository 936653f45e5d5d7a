"""From a table to a trained model: label, split, leakage, fit, judgement, artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.names import with_article
from penstock.core.options import GivenOption, OptionValue
from penstock.learn.artifact import LoadedModel
from penstock.learn.automl.understood_table import warnings_of
from penstock.learn.feature_column import array_of, features_of, flatten
from penstock.learn.feature_info import feature_info, identity_info
from penstock.learn.fitting import Fitting, TrainedModel
from penstock.learn.label import Label
from penstock.learn.leakage import leaks
from penstock.learn.learner import Learner, Progress, SelfJudgingLearner, TrainingData, Watch
from penstock.learn.manifest import RAW_INPUT, Transform
from penstock.learn.preparation import prepare
from penstock.learn.registry import learner_of
from penstock.learn.related_feature import RelatedFeatures
from penstock.learn.schema import Task
from penstock.learn.shared_options import resolve_options, searched_space
from penstock.learn.trial import TrialStore
from penstock.learn.tuning import TuningLog, tune, tuning_key


def train(
    table: pa.Table,
    given: Mapping[str, GivenOption],
    *,
    seed: int,
    threads: int,
    progress: Progress,
    transform: Transform | None = None,
    warm_start: LoadedModel | None = None,
    holidays: pa.Table | None = None,
    trials: TrialStore | None = None,
    watch: Watch | None = None,
    related: RelatedFeatures | None = None,
) -> TrainedModel:
    """Train the model that the options ask for.

    `table` holds the columns after TRANSFORM: features, label, and split and weight columns; and, under RAW_INPUT and
    their names, those before it, which are only described. `warm_start` is the version to go on from, read when the
    option asks for it, and by a search in any case. Raises UnknownName, InvalidOption or UntrainableModel, which say
    what is wrong with the options or the data. `holidays` are those of a time series.
    `trials` keeps the finished trials of a tuning. `watch` says when the work on this model began; now without it.
    `related` says which of the columns were made of other tables.
    """
    watch = watch or Watch()
    learner, options = _options(given)
    if transform is not None and learner.task in (Task.CONTRIBUTION, Task.RECOMMENDATION):
        message = f"{with_article(learner.model_type).capitalize()} model takes no TRANSFORM."
        raise InvalidOption.of(message, hint="Compute the columns in the query after AS.")
    _check_holidays(learner, transform, holidays)
    if transform is None and learner.task is Task.PREPROCESSING:
        message = f"{with_article(learner.model_type).capitalize()} model is its TRANSFORM, and this one has none."
        raise InvalidOption.of(message, hint="Write CREATE MODEL m TRANSFORM (…) OPTIONS (…) AS SELECT ….")
    raw, table = _parted(table)
    table = flatten(table)
    if not table.num_rows:
        raise UntrainableModel.of("The training query gives no rows.", hint="Look at its tables and its filter.")
    tuned = options["num_trials"] is not None
    rows = prepare(table, learner, options, seed, threads, tuned=tuned)
    rows = replace(rows, data=replace(rows.data, holidays=holidays, watch=watch, related=related))
    data, label, warnings = rows.data, rows.label, rows.warnings
    earlier = _earlier(warm_start, learner, data, label) if options.get("warm_start") else None
    if isinstance(learner, SelfJudgingLearner) and warm_start is not None:
        # It learns nothing from the rows of then: only what to try first.
        earlier = warm_start
    # What judges itself looks at its table itself, and says what it does about it.
    if label and not isinstance(learner, SelfJudgingLearner):
        warnings += leaks(data, label.name)
    fitting = Fitting(learner, rows, transform, _described(data, raw, transform, threads))
    if tuned:
        log = TuningLog(trials, tuning_key(table, given, seed, transform)) if trials else None
        made = tune(fitting, options, searched_space(given, learner), threads, progress, log)
    else:
        made = fitting.made(options, threads, progress, earlier)
    warnings += warnings_of(made.manifest.details)
    return TrainedModel(made.files, made.manifest, made.held_out, warnings)


def _options(given: Mapping[str, GivenOption]) -> tuple[Learner, dict[str, OptionValue]]:
    named = next((option for key, option in given.items() if key.lower() == "model_type"), None)
    if named is None or not isinstance(named.value, str):
        raise InvalidOption.of("The model has no model_type.", hint="Give OPTIONS (model_type = '…').")
    learner = learner_of(named.value)
    values, findings = resolve_options(given, learner)
    if findings:
        raise InvalidOption(*findings)
    return learner, values


def _parted(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the raw columns under their own names, and the others."""
    raw = [name for name in table.column_names if name.startswith(RAW_INPUT)]
    others = [name for name in table.column_names if not name.startswith(RAW_INPUT)]
    return table.select(raw).rename_columns([name.removeprefix(RAW_INPUT) for name in raw]), table.select(others)


def _described(
    data: TrainingData, raw: pa.Table, transform: Transform | None, threads: int
) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of ML.FEATURE_INFO: of the columns before TRANSFORM, where the table brings them.

    It passes some of them on as they are.
    """
    found = {name.casefold(): data.columns.column(name) for name in data.columns.column_names}
    found |= {name.casefold(): raw.column(name) for name in raw.column_names}
    if data.task is Task.RECOMMENDATION:
        return identity_info(data.train_columns, data.features)
    if data.task is Task.FORECASTING:
        series = [(name, of.column(name)) for of in data.named.values() for name in of.column_names]
        columns = pa.table(dict([*series, *zip(data.columns.column_names, data.columns.columns, strict=True)]))
        return feature_info(columns, features_of(columns), threads)
    names = [feature.name for feature in transform.inputs] if transform else []
    if transform is None or any(name.casefold() not in found for name in names):
        return feature_info(data.train_columns, data.features, threads)
    columns = pa.table([found[name.casefold()] for name in names], names=names)
    if data.held_out.any():
        columns = columns.filter(array_of(~data.held_out))
    return feature_info(columns, transform.inputs, threads)


def _check_holidays(learner: Learner, transform: Transform | None, holidays: pa.Table | None) -> None:
    if holidays is None:
        return
    if learner.task is not Task.FORECASTING:
        message = f"{with_article(learner.model_type).capitalize()} model takes no custom_holiday."
        raise InvalidOption.of(message, hint="Only time series models do: write AS and the query alone.")
    if transform is not None:
        raise InvalidOption.of("TRANSFORM and custom_holiday exclude each other.", hint="Compute columns in the query.")


def _earlier(model: LoadedModel | None, learner: Learner, data: TrainingData, label: Label | None) -> LoadedModel:
    if isinstance(learner, SelfJudgingLearner):
        message = f"{with_article(learner.model_type).capitalize()} model has no warm start: its search begins anew."
        raise InvalidOption.of(message, hint="Leave warm_start out.", option="warm_start")
    if model is None:
        raise InvalidOption.of(
            "Option warm_start: there is no earlier version to go on from.",
            hint="Leave it out at first.",
            option="warm_start",
        )
    earlier = model.manifest
    same = (
        earlier.model_type == learner.model_type
        and earlier.label.casefold() == (label.name.casefold() if label else "")
        and earlier.classes == data.classes
        and [(feature.name, feature.type, feature.dimension) for feature in earlier.features]
        == [(feature.name, feature.type, feature.dimension) for feature in data.features]
    )
    if not same:
        raise InvalidOption.of(
            "Option warm_start: the earlier version has another type, label, classes or features.",
            hint="Train without warm_start.",
            option="warm_start",
        )
    return model
