"""ML.TFDV_VALIDATE: which columns' statistics have moved too far, as TensorFlow Data Validation writes it."""

from __future__ import annotations

import json
from typing import Any

from penstock.core.options import OptionSpec
from penstock.functions.data_comparison import L_INFTY, LIMITS, Comparison, compared, read_limits
from penstock.functions.literal import text_sql
from penstock.functions.preprocessor import Argument, Parameters, Preprocessing
from penstock.functions.tfdv_statistics import read_distributions

SIDES = {"SKEW": ("training", "serving"), "DRIFT": ("current", "previous")}


def tfdv_validate(argument: Argument, parameters: Parameters) -> str:
    """Return SQL for the anomalies of two statistics, which are the two values of the argument."""
    if argument.values is None or argument.values.null_count:
        return "CAST(NULL AS JSON)"
    base, study = (read_distributions(text) for text in argument.values.to_pylist())
    spelled = {name.casefold() for name in study}
    limits = read_limits(parameters, [name for name in base if name.casefold() in spelled], None)
    found, _ = compared(base, study, limits)
    text = json.dumps(anomalies_json(found, str(parameters["detection_type"])), ensure_ascii=False)
    return f"CAST({text_sql(text)} AS JSON)"


def anomalies_json(found: list[Comparison], detection: str) -> dict[str, Any]:
    """Return an Anomalies message in the JSON form of protocol buffers."""
    measured = f"{detection.lower()}Measurements"
    told = [
        {
            "path": {"step": [one.name]},
            measured: [{"type": one.metric, "value": one.value, "threshold": one.threshold}],
        }
        for one in found
        if one.value is not None
    ]
    return {
        "anomalyInfo": {one.name: _anomaly(one, detection) for one in found if one.is_anomaly},
        "anomalyNameFormat": "SERIALIZED_PATH",
        "driftSkewInfo": told,
    }


def _anomaly(one: Comparison, detection: str) -> dict[str, Any]:
    between = " and ".join(SIDES[detection])
    distance = "Linfty distance" if one.metric == L_INFTY else "approximate Jensen-Shannon divergence"
    words = {
        "shortDescription": f"High {distance} between {between}",
        "description": (
            f"The {distance} between {between} is {one.value:.6g} (up to six significant digits), above the threshold "
            f"{one.threshold:.6g}." + (f" The feature value with maximum difference is: {one.at}" if one.at else "")
        ),
    }
    reason = {"type": f"COMPARATOR_{one.metric}_HIGH", **words}
    return {"path": {"step": [one.name]}, "severity": "ERROR", **words, "reason": [reason]}


TFDV_VALIDATE = Preprocessing(
    "ML.TFDV_VALIDATE",
    "Compares two statistics of ML.TFDV_DESCRIBE, each a subquery or a variable, and gives an Anomalies message of "
    "TensorFlow Data Validation as JSON. They are read once for the query, so that columns cannot stand for them.",
    "statistics",
    False,
    (
        OptionSpec(
            "detection_type",
            "string",
            "SKEW",
            "What is compared: training and serving, or one time and another.",
            choices=tuple(SIDES),
        ),
        *LIMITS,
    ),
    tfdv_validate,
    ("base_statistics", "study_statistics"),
)
