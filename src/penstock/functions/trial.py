"""What a function gives of a tuned model: of one of its trials, or of all, the trial's number in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption
from penstock.functions.function import TRIAL_ID, Call, FunctionSpec
from penstock.lake.database import ArrowRows
from penstock.learn.artifact import LoadedModel
from penstock.learn.trial import is_tuned, model_of_trial, optimal_trial, trial_numbers


def answered(spec: FunctionSpec, call: Call) -> ArrowRows:
    """Return what a function gives; `spec.trials` says what it is of a tuned model.

    Raises InvalidOption for a trial that left no model, a trial_id of a model that was not tuned, and a function that
    has no answer for a tuned one.
    """
    model = call.model
    if model is None or not is_tuned(model):
        if TRIAL_ID.name in call.given:
            message = f"{call.name}: model {call.model_name} has no trials, since it was made without num_trials."
            raise InvalidOption.of(message, span=call.span, hint="Leave trial_id out.")
        return spec.run(call)
    if spec.trials == "none":
        message = f"{call.name} has nothing to say of {call.model_name}, which is the best of several trials."
        raise InvalidOption.of(message, span=call.span, hint="ML.TRIAL_INFO lists the trials.")
    if spec.trials == "optimal":
        return spec.run(call)
    return _of_trials(spec, call, model, _wanted(spec, call, model))


def _wanted(spec: FunctionSpec, call: Call, model: LoadedModel) -> list[int]:
    named = cast("int | None", call.options[TRIAL_ID.name])
    if named is None and spec.trials == "each" and call.input is None:
        return trial_numbers(model)
    return [optimal_trial(model) if named is None else named]


def _of_trials(spec: FunctionSpec, call: Call, model: LoadedModel, numbers: list[int]) -> ArrowRows:
    try:
        # Without data a function tells what the artifact holds, and needs no graph.
        models = [model_of_trial(model, number, scores=call.input is not None) for number in numbers]
    except InvalidOption as problem:
        raise problem if call.span is None else problem.at(call.span) from problem
    parts = [spec.run(replace(call, model=found)) for found in models]
    if TRIAL_ID.name in (name.casefold() for name in parts[0].schema.names):
        raise BadData.of(
            f"The data of {call.name} has a column 'trial_id', which is the name of one of its outputs.",
            span=call.span,
            hint="Rename it or leave it out.",
        )
    schema = pa.schema([pa.field(TRIAL_ID.name, pa.int64()), *parts[0].schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for number, rows in zip(numbers, parts, strict=True):
            for batch in rows.batches():
                trial = pa.repeat(pa.scalar(number, pa.int64()), batch.num_rows)
                yield pa.RecordBatch.from_arrays([trial, *batch.columns], schema=schema)

    return ArrowRows(schema, batches)
