"""ML.TRIAL_INFO: what a tuning tried, and what came of it."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.schema import TRAINED
from penstock.learn.trial import TUNING

# Arrow's types of the option types; what has no single type is told as JSON.
_TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "integer list": pa.list_(pa.int64()),
    "string list": pa.list_(pa.string()),
}


def trial_info(call: Call) -> ArrowRows:
    """Return one row a trial, in their order."""
    tuning = call.fitted.details[TUNING]
    types = {option["name"]: _TYPES.get(option["type"], pa.string()) for option in tuning["hyperparameters"]}
    schema = pa.schema(
        [
            ("trial_id", pa.int64()),
            ("hyperparameters", pa.struct(list(types.items()))),
            ("hparam_tuning_evaluation_metrics", pa.struct([(tuning["objective"], pa.float64())])),
            ("training_loss", pa.float64()),
            ("eval_loss", pa.float64()),
            ("status", pa.string()),
            ("error_message", pa.string()),
            ("is_optimal", pa.bool_()),
        ]
    )
    rows = [_row(trial, tuning["objective"], types) for trial in tuning["trials"]]
    return fixed_rows(pa.Table.from_pylist(rows, schema=schema))


def _row(trial: dict[str, Any], objective: str, types: dict[str, pa.DataType]) -> dict[str, Any]:
    tried = trial["hyperparameters"]
    return {
        "trial_id": trial["number"],
        "hyperparameters": {name: _typed(tried.get(name), kind) for name, kind in types.items()},
        "hparam_tuning_evaluation_metrics": {objective: trial["value"]},
        "training_loss": trial["training_loss"],
        "eval_loss": trial["eval_loss"],
        "status": trial["status"],
        "error_message": trial["error"],
        "is_optimal": trial["is_optimal"],
    }


def _typed(value: Any, kind: pa.DataType) -> Any:
    if value is None or isinstance(value, str) or not pa.types.is_string(kind):
        return value
    return json.dumps(value, ensure_ascii=False)


TRIAL_INFO = FunctionSpec(
    name="ML.TRIAL_INFO",
    summary="Shows what a tuning tried, and what came of it.",
    run=trial_info,
    tasks=TRAINED,
    detail=TUNING,
    families="models that num_trials tuned",
    output=(
        OutputColumn("trial_id", "INT64", "The number of the trial, from 1, in the order of the tuning."),
        OutputColumn(
            "hyperparameters",
            "STRUCT<…>",
            "The values that were tried, a field for each searched option; NULL for one that means nothing beside the "
            "others.",
        ),
        OutputColumn(
            "hparam_tuning_evaluation_metrics",
            "STRUCT<…>",
            "The metric of hparam_tuning_objectives on the rows that choose.",
        ),
        OutputColumn("training_loss", "FLOAT64", "The loss of the last round on the rows of training."),
        OutputColumn("eval_loss", "FLOAT64", "The same on the rows that choose; NULL when there are none."),
        OutputColumn(
            "status",
            "STRING",
            "SUCCEEDED; INFEASIBLE, when the values do not go together or with the data; or FAILED.",
        ),
        OutputColumn("error_message", "STRING", "Why there is no model; NULL for a trial that succeeded."),
        OutputColumn(
            "is_optimal",
            "BOOL",
            "Whether no trial was better; of several such trials the first is the model that serves.",
        ),
    ),
    example="SELECT trial_id, hyperparameters.l2_reg, is_optimal FROM ML.TRIAL_INFO(MODEL fares) ORDER BY trial_id",
)
