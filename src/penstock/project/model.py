"""A model as a project declares it: its training query, its type and when it is trained again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import InternalError
from penstock.core.names import Kind, nearest_name
from penstock.core.options import GivenOption, OptionSpec, OptionValue, read_options
from penstock.core.related_table import RELATIONS, RelatedTable, related_tables
from penstock.sql.statement import CreateModel, DeclaredField, Query

Retrain = Literal["on_change", "on_new_data"]
# The type of a model that answers from elsewhere: it is not written, REMOTE WITH CONNECTION says it.
REMOTE = "remote"
LONGEST_NAME = 1024
# The types of models that are read from a file.
IMPORTED = ("onnx", "xgboost", "tensorflow", "tensorflow_lite")


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
    OptionSpec("model_path", "string", None, "Imported models: the file that holds the model."),
)


@dataclass(frozen=True)
class ModelSpec:
    """What a CREATE MODEL statement declares.

    `model_type` is lower case. `options` holds every option as given, the keys in lower case, so that the
    learner of the model type can check its own. `label_columns` is what input_label_cols says, or empty.

    A model that is made elsewhere has no `query`: it is imported from the file `path`, or, with a `connection`, asked
    over it; `inputs` and `outputs` are what INPUT and OUTPUT declare of it. `holidays` is the custom_holiday query of a
    time series model.
    """

    kind: ClassVar[Kind] = Kind.MODEL

    name: str
    query: Query | None
    model_type: str
    transform: Query | None = None
    options: Mapping[str, GivenOption] = field(default_factory=dict)
    label_columns: tuple[str, ...] = ()
    retrain: Retrain = "on_change"
    description: str | None = None
    path: str | None = None
    inputs: tuple[DeclaredField, ...] = ()
    outputs: tuple[DeclaredField, ...] = ()
    connection: str | None = None
    holidays: Query | None = None

    @property
    def files(self) -> str | None:
        """The path or pattern of the files that an imported model is made of: a SavedModel's are all of its folder."""
        if self.path is None or self.model_type != "tensorflow" or self.path.lower().endswith(".zip"):
            return self.path
        folder = self.path.rstrip("*").rstrip("/")
        return f"{folder}/**" if folder else "**"

    @property
    def related_tables(self) -> tuple[RelatedTable, ...]:
        """The tables whose rows tell of the rows of training."""
        return related_tables(self.options[RELATIONS].value) if RELATIONS in self.options else ()

    @property
    def training_query(self) -> Query:
        """The query of a model that is trained here."""
        if self.query is None:
            raise InternalError(f"Model {self.name} was asked for a training query, which it has not.")
        return self.query


def model_spec(statement: CreateModel) -> tuple[ModelSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when it cannot be used."""
    own = {spec.name for spec in OPTIONS}
    options = {key.lower(): option for key, option in statement.options.items()}
    given = {key: option for key, option in options.items() if key in own}
    values, findings = read_options(given, OPTIONS, f"model {statement.name}", statement.span)
    if len(statement.name) > LONGEST_NAME:
        message = f"The name of a model has {LONGEST_NAME:,} characters at most; this one has {len(statement.name):,}."
        findings.append(Diagnostic("syntax", message, statement.span))
    findings += _missing(statement, given) if statement.connection is None else _not_remote(statement, given)
    if findings:
        return None, findings
    path = cast("str | None", values["model_path"])
    if statement.query is not None and _type_of(given) not in IMPORTED:
        # The model type says that it has no such option.
        path = None
    spec = ModelSpec(
        name=statement.name,
        query=statement.query,
        model_type=cast("str", values["model_type"] or REMOTE).lower(),
        transform=statement.transform,
        options=options,
        label_columns=tuple(cast("list[str] | None", values["input_label_cols"]) or ()),
        # The file is what an imported model is made of: another file, another version.
        retrain="on_new_data" if path is not None else cast("Retrain", values["retrain"]),
        description=cast("str | None", values["description"]),
        path=path,
        inputs=statement.inputs,
        outputs=statement.outputs,
        connection=statement.connection,
        holidays=statement.holidays,
    )
    return spec, []


def _missing(statement: CreateModel, given: Mapping[str, GivenOption]) -> list[Diagnostic]:
    """Return what is wrong with a model that is trained or imported."""
    name, span = statement.name, statement.span
    findings = []
    if "model_type" not in given:
        slips = _slips(statement, "model_type")
        if slips:
            return slips
        hint = "Add OPTIONS (model_type = 'boosted_tree_classifier'), or another model type."
        findings.append(Diagnostic("option", f"Model {name} has no model_type.", span, hint))
    if "model_path" not in given:
        slips = [] if statement.query is not None else _slips(statement, "model_path")
        if slips:
            return [*findings, *slips]
        if _type_of(given) in IMPORTED:
            message = f"Model {name} is imported, and there is no model_path."
            return [*findings, Diagnostic("option", message, span, "Add model_path = '…': the file that holds it.")]
        if statement.query is None:
            hint = (
                "Add AS SELECT … with the features and the label; an imported model (onnx, xgboost, tensorflow) has a "
                "model_path."
            )
            findings.append(Diagnostic("syntax", f"Model {name} has no training query.", span, hint))
        if statement.inputs or statement.outputs:
            hint = "They belong to imported XGBoost models and to remote ones. Leave them out."
            findings.append(
                Diagnostic("syntax", f"Model {name} is trained here: INPUT and OUTPUT say nothing.", span, hint)
            )
        return findings
    if statement.query is not None and _type_of(given) not in ("", *IMPORTED):
        return findings
    for part, what in ((statement.query, "training query"), (statement.transform, "TRANSFORM")):
        if part is not None:
            hint = f"Leave out the {what}, or the model_path."
            findings.append(Diagnostic("syntax", f"Model {name} is imported: it takes no {what}.", part.span, hint))
    return findings


def _type_of(given: Mapping[str, GivenOption]) -> str:
    """Return the model type that a statement names, in lower case; empty where it names none."""
    return str(given["model_type"].value).lower() if "model_type" in given else ""


def _slips(statement: CreateModel, meant: str) -> list[Diagnostic]:
    """Return the options that were meant as this one."""
    kind = "an imported model" if meant == "model_path" else "a model"
    hint = f"Did you mean {meant!r}?"
    own = {spec.name for spec in OPTIONS}
    return [
        Diagnostic("option", f"There is no option {key!r} for {kind}.", option.span, hint)
        for key, option in statement.options.items()
        if key.lower() not in own and nearest_name(key.lower(), ["model_type", "model_path"]) == meant
    ]


def _not_remote(statement: CreateModel, given: Mapping[str, GivenOption]) -> list[Diagnostic]:
    """Return what does not go with REMOTE WITH CONNECTION."""
    findings = []
    for key in ("model_type", "model_path"):
        if key in given:
            message = f"Model {statement.name} is remote: it has no {key}."
            hint = "Leave it out; ENDPOINT says what answers."
            findings.append(Diagnostic("option", message, given[key].span or statement.span, hint))
    for part, what in ((statement.query, "training query"), (statement.transform, "TRANSFORM")):
        if part is not None:
            message = f"Model {statement.name} is remote: it takes no {what}."
            hint = "A remote model is trained where it is: tune it there, and name it in ENDPOINT."
            findings.append(Diagnostic("syntax", message, part.span, hint))
    return findings
