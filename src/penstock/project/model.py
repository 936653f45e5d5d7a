"""A model as a project declares it: its training query, its type and when it is trained again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import GivenOption, OptionSpec, OptionValue, read_options
from penstock.sql.statement import CreateModel, Query

Retrain = Literal["on_change", "on_new_data"]


def _word_problem(value: OptionValue) -> str | None:
    return None if str(value).strip() else "the name of a model type"


def _column_list_problem(value: OptionValue) -> str | None:
    return None if value else "a list with at least one column"


# What the project itself reads; the options of a model type are declared by its learner and checked there.
OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("model_type", "string", None, "The model family; required.", check=_word_problem),
    OptionSpec(
        "input_label_cols",
        "string list",
        None,
        "The column to predict; without it, the column named label.",
        check=_column_list_problem,
    ),
    OptionSpec(
        "retrain",
        "string",
        "on_change",
        "'on_change' trains again when the definition changes or a trigger says so; 'on_new_data' also "
        "when a table that it reads has changed.",
        choices=("on_change", "on_new_data"),
    ),
    OptionSpec("description", "string", None, "What the model is, for people."),
)


@dataclass(frozen=True)
class ModelSpec:
    """What a CREATE MODEL statement declares.

    `model_type` is lower case. `options` holds every option as given, the keys in lower case, so that the
    learner of the model type can check its own. `label_columns` is what input_label_cols says, or empty.
    """

    kind: ClassVar[Kind] = Kind.MODEL

    name: str
    query: Query
    model_type: str
    transform: Query | None = None
    options: Mapping[str, GivenOption] = field(default_factory=dict)
    label_columns: tuple[str, ...] = ()
    retrain: Retrain = "on_change"
    description: str | None = None


def model_spec(statement: CreateModel) -> tuple[ModelSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when it cannot be used."""
    own = {spec.name for spec in OPTIONS}
    options = {key.lower(): option for key, option in statement.options.items()}
    given = {key: option for key, option in options.items() if key in own}
    values, findings = read_options(given, OPTIONS, f"model {statement.name}", statement.span)
    if "model_type" not in given:
        hint = "Add OPTIONS (model_type = 'boosted_tree_classifier'), or another model type."
        findings.append(Diagnostic("option", f"Model {statement.name} has no model_type.", statement.span, hint))
    if statement.query is None:
        hint = "Add AS SELECT … with the features and the label."
        findings.append(Diagnostic("syntax", f"Model {statement.name} has no training query.", statement.span, hint))
    if findings or statement.query is None:
        return None, findings
    spec = ModelSpec(
        name=statement.name,
        query=statement.query,
        model_type=cast("str", values["model_type"]).lower(),
        transform=statement.transform,
        options=options,
        label_columns=tuple(cast("list[str] | None", values["input_label_cols"]) or ()),
        retrain=cast("Retrain", values["retrain"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []
