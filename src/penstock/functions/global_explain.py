"""ML.GLOBAL_EXPLAIN: which features a model looks at, over all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.functions.label import label_type
from penstock.lake.database import ArrowRows
from penstock.learn.manifest import Manifest

FEATURES_OF_CLASS = 10


def global_explain(call: Call) -> ArrowRows:
    """Return one row a feature, or a class and feature, the strongest first."""
    manifest = call.fitted.manifest
    recorded = manifest.global_attributions
    if recorded is None:
        raise InvalidOption.of(
            f"Model {call.model_name} was trained without global explanations.",
            span=call.span,
            hint="Train it with OPTIONS (enable_global_explain = TRUE).",
        )
    if not call.options["class_level_explain"]:
        return fixed_rows(_ranked(recorded["overall"], None))
    if not manifest.classes:
        raise InvalidOption.of(
            f"class_level_explain is for classifiers; {call.model_name} is a {manifest.model_type} model.",
            span=call.span,
        )
    return fixed_rows(_by_class(manifest, recorded["classes"]))


def _by_class(manifest: Manifest, recorded: list[Mapping[str, Any]]) -> pa.Table:
    parts = []
    for entry in recorded:
        ranked = _ranked(entry["attributions"], FEATURES_OF_CLASS)
        label = pa.array([entry["class"]] * ranked.num_rows).cast(label_type(manifest))
        parts.append(ranked.add_column(0, manifest.label, label))
    return pa.concat_tables(parts)


def _ranked(attributions: Mapping[str, float], most: int | None) -> pa.Table:
    ranked = sorted(attributions.items(), key=lambda item: (-item[1], item[0]))[:most]
    return pa.table(
        {
            "feature": pa.array([feature for feature, _ in ranked], pa.string()),
            "attribution": pa.array([value for _, value in ranked], pa.float64()),
        }
    )


GLOBAL_EXPLAIN = FunctionSpec(
    name="ML.GLOBAL_EXPLAIN",
    summary="Shows which features a model looks at, over all.",
    run=global_explain,
    options=(
        OptionSpec(
            "class_level_explain",
            "boolean",
            False,
            "Explain each class apart, with its ten strongest features.",
        ),
    ),
    output=(
        OutputColumn("<label>", "the label's type", "The class; only with class_level_explain."),
        OutputColumn("feature", "STRING", "The feature."),
        OutputColumn(
            "attribution", "FLOAT64", "The mean size of its attributions over the rows that judged the model."
        ),
    ),
    example="SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL churn)",
    notes=("The model is trained with `OPTIONS (enable_global_explain = TRUE)`.",),
)
