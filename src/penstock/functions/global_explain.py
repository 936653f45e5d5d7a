"""ML.GLOBAL_EXPLAIN: which features a model looks at, over all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.names import with_article
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.functions.label import label_type
from penstock.lake.database import ArrowRows
from penstock.learn.manifest import Manifest

FEATURES_OF_CLASS = 10
SCHEMA = pa.schema([("feature", pa.string()), ("attribution", pa.float64())])


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
        return fixed_rows(_rows(recorded["overall"]))
    if not manifest.classes:
        raise InvalidOption.of(
            f"class_level_explain is for classifiers; {call.model_name} is {with_article(manifest.model_type)} model.",
            span=call.span,
        )
    return fixed_rows(_by_class(manifest, recorded["classes"]))


def _by_class(manifest: Manifest, recorded: list[Mapping[str, Any]]) -> pa.Table:
    parts = []
    for entry in recorded:
        rows = _rows(entry["attributions"][:FEATURES_OF_CLASS])
        label = pa.array([entry["class"]] * rows.num_rows).cast(label_type(manifest))
        parts.append(rows.add_column(0, manifest.label, label))
    return pa.concat_tables(parts)


def _rows(attributions: list[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(attributions, schema=SCHEMA)


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
