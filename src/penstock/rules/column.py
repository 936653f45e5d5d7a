"""Rules about columns: a label that is missing or leaks, and options that name columns that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.core.diagnostics import Severity
from penstock.core.names import Kind, did_you_mean, name_key, star_without
from penstock.core.options import GivenOption
from penstock.graph.cycle import find_cycles
from penstock.graph.order import execution_order
from penstock.project.model import ModelSpec
from penstock.project.resource import Resource
from penstock.project.table import TableSpec
from penstock.project.view import ViewSpec
from penstock.rules.rule import Context, Finding, Rule, opening
from penstock.sql.output import OutputColumn, OutputStar, ReadColumn, output_list
from penstock.sql.place import place_of_name
from penstock.sql.statement import Query

# Model types that learn from a label end so; clustering, decomposition and imported models have none.
SUPERVISED = ("_reg", "_regressor", "_classifier")
DEFAULT_LABEL = "label"
# Options of a model that name a column of its training query.
_OF_SERIES = ("time_series_timestamp_col", "time_series_data_col", "time_series_id_col")
_OF_RATINGS = ("user_col", "item_col", "rating_col")
COLUMN_OPTIONS = (
    "input_label_cols",
    "data_split_col",
    "instance_weight_col",
    "kmeans_init_col",
    *_OF_SERIES,
    *_OF_RATINGS,
    "is_test_col",
    "dimension_id_cols",
    "validation_col",
    "time_col",
)


def _missing_label(context: Context) -> Iterator[Finding]:
    names = _Columns(context)
    for model, spec in _models(context):
        if spec.label_columns or not spec.model_type.endswith(SUPERVISED):
            continue
        columns = names.of_query(spec.training_query)
        if columns is not None and DEFAULT_LABEL not in {column.casefold() for column in columns}:
            yield Finding(
                f"{opening(model)} does not say what to predict, and its query has no column named label.",
                place_of_name(model.statement, model.name.name),
                f"Add input_label_cols = ['…'] with one of: {', '.join(columns)}.",
            )


def _unknown_column(context: Context) -> Iterator[Finding]:
    names = _Columns(context)
    for resource, key, option, query in _column_options(context):
        columns = names.of_query(query)
        named = option.value if isinstance(option.value, list) else [option.value]
        for name in named:
            if columns is None or not isinstance(name, str) or name.casefold() in {item.casefold() for item in columns}:
                continue
            yield Finding(
                f"{key} of {resource.name} names {name!r}, which its query does not give.",
                option.span or resource.span,
                did_you_mean(name, columns),
            )


def _column_options(context: Context) -> Iterator[tuple[Resource, str, GivenOption, Query]]:
    """Yield each given option that names columns, with the query that must give them."""
    for model, spec in _models(context):
        yield from (
            (model, key, spec.options[key], spec.training_query) for key in COLUMN_OPTIONS if key in spec.options
        )
        for goal in context.needed_by(model, Kind.GOAL):
            yield from _given(goal, ("time_column",), spec.training_query)
    for table in context.of_kind(Kind.TABLE, Kind.VIEW):
        if not isinstance(table.spec, TableSpec | ViewSpec):
            continue
        yield from _given(table, ("unique_key", "time_column"), table.spec.query)
        for monitor in context.needed_by(table, Kind.MONITOR):
            yield from _given(monitor, ("time_column",), table.spec.query)


def _given(
    resource: Resource, keys: tuple[str, ...], query: Query
) -> Iterator[tuple[Resource, str, GivenOption, Query]]:
    options = {key.lower(): option for key, option in resource.statement.options.items()}
    yield from ((resource, key, options[key], query) for key in keys if key in options)


def _leaking_label(context: Context) -> Iterator[Finding]:
    for model, spec in _models(context):
        # A TRANSFORM decides itself which columns become features.
        if spec.transform is not None:
            continue
        items = output_list(spec.training_query)
        names = {name.casefold() for name in spec.label_columns or (DEFAULT_LABEL,)}
        for label in items:
            if not isinstance(label, OutputColumn) or label.name is None or label.name.casefold() not in names:
                continue
            if label.row_wise and len(label.reads) == 1:
                yield from _leaks(model, label, label.reads[0], items)


def _leaks(
    model: Resource, label: OutputColumn, source: ReadColumn, items: tuple[OutputColumn | OutputStar, ...]
) -> Iterator[Finding]:
    """Yield each item that follows from the label's own column: the model would read its answer."""
    for item in items:
        if item is label:
            continue
        if isinstance(item, OutputStar):
            taken_out = {name.casefold() for name in item.without}
            same_source = item.source is None or source.source is None or item.source == source.source
            renamed = str(label.name).casefold() != source.name.casefold()
            # `SELECT *, x AS label` brings x along; `SELECT *, x` gives x twice, which the build refuses.
            if same_source and renamed and source.name.casefold() not in taken_out:
                hint = f"Write {star_without(source.name)}."
                yield _leak(model, f"the column {source.name} that the star brings along", source, label, hint)
        elif item.row_wise and item.reads and all(read.may_be(source) for read in item.reads):
            called = f"the column {item.name}" if item.name else "an expression"
            yield _leak(model, called, source, label, "Leave it out of the training query.")


def _leak(model: Resource, what: str, source: ReadColumn, label: OutputColumn, hint: str) -> Finding:
    return Finding(
        f"{opening(model)} trains on {what}; it follows from {source.name} alone, as its label {label.name}.",
        place_of_name(model.statement, source.name),
        hint,
    )


def _models(context: Context) -> Iterator[tuple[Resource, ModelSpec]]:
    """Yield the models that are trained here."""
    for model in context.of_kind(Kind.MODEL):
        if isinstance(model.spec, ModelSpec) and model.spec.query is not None:
            yield model, model.spec


class _Columns:
    """What the columns of the project's queries are called, as far as its text and the built tables tell."""

    def __init__(self, context: Context) -> None:
        self._built = context.columns_of
        self._declared: dict[str, list[str] | None] = {}
        if find_cycles(context.graph):
            # There is nothing to follow until the circle is broken, which a rule of its own asks for.
            return
        for name in (name for level in execution_order(context.graph) for name in level):
            spec = context.graph.resources[name].spec
            if isinstance(spec, TableSpec | ViewSpec):
                self._declared[name.key] = self.of_query(spec.query)

    def of_query(self, query: Query) -> list[str] | None:
        """Return the names in the order of the select list, or None when they cannot be told."""
        items = output_list(query)
        columns: list[str] = []
        for item in items:
            if isinstance(item, OutputColumn):
                columns += [item.name] if item.name is not None else []
                continue
            inner = self._of_relation(item.relation) if item.relation is not None else None
            if inner is None:
                return None
            taken_out = {name.casefold() for name in item.without}
            columns += [name for name in inner if name.casefold() not in taken_out]
        return columns if items else None

    def _of_relation(self, name: str) -> list[str] | None:
        declared = self._declared.get(name_key(name))
        if declared is not None or self._built is None:
            return declared
        built = self._built(name)
        return None if built is None else list(built)


RULES = (
    Rule(
        "PS017",
        "missing-label",
        Severity.WARNING,
        "A model that learns from a label does not name it, and its query gives no column called label.",
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS cnt;",
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT 1 AS x, 2 AS cnt;",
        _missing_label,
    ),
    Rule(
        "PS018",
        "unknown-column",
        Severity.ERROR,
        "An option names a column that the query does not give.",
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['count']) AS SELECT 1 AS x, 2 AS cnt;",
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT 1 AS x, 2 AS cnt;",
        _unknown_column,
    ),
    Rule(
        "PS019",
        "leaking-label",
        Severity.WARNING,
        "A model trains on its own label under another name. It looks perfect in training and "
        "fails in use, where "
        "nobody knows the label yet.",
        "CREATE TABLE hours AS SELECT * FROM 'hour.csv';\n"
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT *, cnt AS label FROM hours;",
        "CREATE TABLE hours AS SELECT * FROM 'hour.csv';\n"
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * EXCLUDE (cnt), cnt AS "
        "label FROM hours;",
        _leaking_label,
    ),
)
