"""Calls of ML functions in a query become relations that DuckDB reads like tables."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.core.events import Listener, Noticed, nobody
from penstock.core.names import with_article
from penstock.core.options import GivenOption, OptionValue, read_options
from penstock.core.parallel import processors
from penstock.functions.absent import refuse_absent_argument
from penstock.functions.ai_functions import AI_FUNCTIONS
from penstock.functions.ai_value import AiFunction, Known, answered_once, bound, failures_of
from penstock.functions.data_reader import DataReader
from penstock.functions.function import Call, Environment, FunctionSpec, InputRows
from penstock.functions.language_model import TASK_TYPE
from penstock.functions.registry import function_of, functions
from penstock.functions.related_data import related_data
from penstock.functions.scoring import repeated_names
from penstock.functions.trial import answered
from penstock.functions.value_binding import value_sql
from penstock.lake.arrow_function import ArrowFunction
from penstock.lake.database import ArrowRows, Connection, Lake
from penstock.lake.vector_index import NoIndexes, TableIndexes
from penstock.learn.artifact import LoadedModel
from penstock.learn.manifest import Manifest
from penstock.learn.related_feature import related_of
from penstock.learn.schema import Task
from penstock.remote.services import Services
from penstock.sql.quoting import quote_name
from penstock.sql.references import ModelReference
from penstock.sql.rewrite import FunctionCall, ValueCall

NO_FRAMES: Mapping[str, ArrowRows] = {}


def as_it_is(name: str) -> None:
    """Return None: a name that DuckDB reads by itself."""


class FunctionBinder:
    """Binds the ML calls of one query to one connection; `bind` is what `to_duckdb` asks for each,
    innermost first.

    `frames` are relations that stand on the query's connection only and that the data of a call may read too.
    `functions` are those that can be called, by name; without them every installed one can. `relations` gives the SQL
    of a table or view by its name, None for one that DuckDB reads by itself.
    """

    def __init__(
        self,
        connection: Connection,
        models: Callable[[ModelReference], LoadedModel],
        lake: Lake,
        *,
        frames: Mapping[str, ArrowRows] = NO_FRAMES,
        listener: Listener = nobody,
        threads: int | None = None,
        indexes: TableIndexes | None = None,
        functions: Mapping[str, FunctionSpec] | None = None,
        services: Services | None = None,
        relations: Callable[[str], str | None] = as_it_is,
    ) -> None:
        self._connection = connection
        self._models = models
        self._listener = listener
        self._threads = threads or processors()
        self._indexes = indexes or NoIndexes()
        self._functions = functions
        self._services = services or Services({})
        self._relations = relations
        self._called: list[str] = []
        self._told: set[str] = set()
        self._asked: list[tuple[str, float, Known]] = []
        self._reader = DataReader(connection, lake, frames)

    def bind(self, call: FunctionCall) -> str:
        """Register what a call gives and return the text that stands for it after FROM.

        Nothing is scored yet. Raises UserError for an unknown function, model, option or column, and for
        data or arguments that the function does not take.
        """
        spec = function_of(call.name, call.span, self._functions)
        options = _options(call, spec)
        if TASK_TYPE in spec.options:
            self._tell_unread(spec.name, call.options)
        _check_arguments(call, spec)
        model, model_name = self._model(call, spec)
        name = f"{spec.name.lower().replace('.', '_')}_{secrets.token_hex(4)}"
        rows = answered(
            spec,
            Call(
                name=spec.name,
                model=model,
                model_name=model_name,
                options=options,
                given=frozenset(key.lower() for key in call.options),
                arguments=tuple(call.arguments),
                input=self._with_related(call, spec, model, self._data(call, call.input, f"{name}_data")),
                second=self._data(call, call.second_input, f"{name}_more"),
                span=call.span,
                environment=self._environment(model_name or spec.name),
            ),
        )
        return self._reader.add(name, rows)

    def bind_value(self, call: ValueCall) -> str:
        """Return the expression that stands for a call in the place of a value; `to_duckdb` asks for each."""
        function = AI_FUNCTIONS.get(call.name)
        if function is not None:
            return self._asking(function, call)
        return value_sql(call, self._connection, functions() if self._functions is None else self._functions)

    def _tell_unread(self, function: str, given: Iterable[str]) -> None:
        """Tell of options that change nothing, once for each function of the query."""
        if function not in self._told and any(name.lower() == TASK_TYPE.name for name in given):
            self._told.add(function)
            self._listener(
                Noticed(function, f"{TASK_TYPE.name} changes nothing: texts are embedded alike for all tasks.")
            )

    def _asking(self, function: AiFunction, call: ValueCall) -> str:
        inputs, result = bound(function, call, self._services)
        if call.over:
            raise InvalidOption.of(f"{function.name} takes no OVER ().", span=call.span, hint="Leave it out.")
        self._tell_unread(function.name, (option.name for option in call.given if option.name))
        ratio = next((option.constant for option in call.given if option.name == "max_error_ratio"), None)
        most = float(str(ratio[0])) if ratio is not None else 1.0
        known: Known = {}
        if not result.tells:
            self._asked.append((function.name, most, known))
        name = self._function(answered_once(function.name, len(inputs), result, most, known))
        return f"{name}({', '.join(f'CAST({text} AS VARCHAR)' for text in inputs)})"

    def _function(self, function: ArrowFunction) -> str:
        """Make a function callable in SQL until `close`, and return its name."""
        name = f"penstock_ai_{secrets.token_hex(4)}"
        self._connection.add_function(name, function)
        self._called.append(name)
        return name

    def interrupt(self) -> None:
        """Stop every read of data that is under way, from another thread."""
        self._reader.interrupt()

    def close(self) -> None:
        """Take the relations and functions of this binder off the connection, and tell of what had no answer."""
        self._reader.close()
        for name in self._called:
            self._connection.remove_function(name)
        self._services.close()
        self._tell_failures()

    def _tell_failures(self) -> None:
        """Tell, once for each function of the query, how many values are NULL for want of an answer, and why."""
        for function in dict.fromkeys(name for name, _, _ in self._asked):
            calls = [(known, most) for name, most, known in self._asked if name == function]
            # Where too many had none, the query has failed and said so.
            failures = [failures_of(known) for known, most in calls if len(failures_of(known)) <= most * len(known)]
            reasons = Counter(reason for found in failures for reason in found)
            if reasons:
                asked = sum(len(known) for known, _ in calls)
                (reason, _), *others = reasons.most_common()
                more = f" (and {len(others)} other reason{'s' * (len(others) > 1)})" if others else ""
                count = f"{reasons.total():,} of {asked:,} questions"
                self._listener(Noticed(function, f"{count} had no answer and are NULL: {reason}{more}"))

    def _environment(self, resource: str) -> Environment:
        return Environment(
            query=self._reader.query,
            stream=self._reader.stream,
            notice=lambda message: self._listener(Noticed(resource, message)),
            threads=self._threads,
            services=self._services,
            function=self._function,
            add=lambda rows: self._reader.add(f"{resource.lower()}_{secrets.token_hex(4)}", rows),
            indexes=self._indexes,
        )

    def _data(self, call: FunctionCall, sql: str | None, name: str) -> InputRows | None:
        if sql is None:
            return None
        data = self._reader.data(sql, name)
        repeated = repeated_names(data.schema.names)
        if repeated:
            raise BadData.of(
                f"The data of {call.name} has more than one column {repeated[0]!r}.",
                span=call.span,
                hint="Name each column once in the query.",
            )
        return data

    def _with_related(
        self, call: FunctionCall, spec: FunctionSpec, model: LoadedModel | None, data: InputRows | None
    ) -> InputRows | None:
        """Return the data with what the model's related tables tell of it."""
        if model is None or call.model is None or data is None or spec.as_written:
            return data
        related, name = related_of(model.manifest.details), call.model.name
        if related is None:
            return data
        made = related_data(related, data, self._source, function=spec.name, model=name, span=call.span)
        if made is None:
            return data
        if made.undated:
            self._listener(Noticed(spec.name, f"The data has no column {related.time!r}: what is known now counts."))
        rows = self._reader.data(made.sql, f"{name.lower()}_{secrets.token_hex(4)}")
        return replace(rows, computed=made.computed)

    def _source(self, table: str) -> str:
        return self._relations(table) or quote_name(table)

    def _model(self, call: FunctionCall, spec: FunctionSpec) -> tuple[LoadedModel | None, str]:
        if call.model is None:
            if spec.model:
                raise _misuse(f"{spec.name} needs a model.", call, f"Write {spec.signature}.")
            return None, ""
        if not spec.model and not spec.ignores_model:
            raise _misuse(f"{spec.name} takes no model.", call, f"Write {spec.signature}.")
        name = call.model.name
        try:
            model = self._models(call.model)
        except UnknownName as problem:
            raise problem.at(call.span) from problem
        if not spec.model:
            self._listener(Noticed(spec.name, f"The model {name} changes nothing of what {spec.name} gives."))
            return None, ""
        _check_model(model, name, call, spec)
        return model, name


def _options(call: FunctionCall, spec: FunctionSpec) -> dict[str, OptionValue]:
    for name in call.options:
        refuse_absent_argument(spec.name, name, call.span)
    given = {name: GivenOption(value, call.span) for name, value in call.options.items()}
    values, findings = read_options(given, spec.accepted, spec.name, call.span)
    if findings:
        raise InvalidOption(*findings)
    return values


def _check_arguments(call: FunctionCall, spec: FunctionSpec) -> None:
    usage = f"Write {spec.signature}."
    if call.input is None and spec.input == "required":
        raise _misuse(f"{spec.name} needs data: a table or a query.", call, usage)
    if call.input is not None and spec.input == "none":
        raise _misuse(f"{spec.name} takes no data.", call, usage)
    if call.second_input is None and spec.second_input == "required":
        raise _misuse(f"{spec.name} needs a second table or query.", call, usage)
    if call.second_input is not None and spec.second_input == "none":
        raise _misuse(f"{spec.name} takes one table or query, not two.", call, usage)
    if call.arguments and spec.argument is None:
        raise _misuse(f"{spec.name} does not take the argument {call.arguments[0]!r}.", call, usage)
    most, given = len(spec.argument_names), len(call.arguments)
    if given > most:
        words = "one argument" if most == 1 else f"at most {most} arguments"
        raise _misuse(f"{spec.name} takes {words} beside its options, not {given}.", call, usage)


def _check_model(model: LoadedModel, name: str, call: FunctionCall, spec: FunctionSpec) -> None:
    manifest = model.manifest
    kind = f"{with_article(manifest.model_type)} model"
    if manifest.task not in spec.tasks:
        # A list of nearly everything says less than what it does not work on.
        few = spec.families or (f"{spec.tasks[0]} models" if len(spec.tasks) == 1 else None)
        message = f"works on {few}; {name} is {kind}" if few else f"does not work on {name}, {kind}"
        raise _misuse(f"{spec.name} {message}.", call, _working(model))
    if spec.detail is not None and spec.detail not in manifest.details:
        message = f"{spec.name} works on {spec.families}; {name} is {kind}."
        raise _misuse(message, call, _working(model))


def _working(model: LoadedModel) -> str:
    """Return a hint with the functions that a model has, those of few tasks first."""
    manifest = model.manifest
    specs = [spec for spec in functions().values() if spec.model and manifest.task in spec.tasks]
    if manifest.task is Task.REMOTE:
        # A service predicts rows or answers texts.
        predicts = bool(manifest.details["outputs"])
        specs = [spec for spec in specs if (spec.name == "ML.PREDICT") is predicts]
    names = [spec.name for spec in sorted(specs, key=lambda spec: len(spec.tasks)) if _takes(spec, manifest)]
    return f"It has {', '.join(names[:-1])} and {names[-1]}." if len(names) > 1 else f"It has {names[0]}."


def _takes(spec: FunctionSpec, manifest: Manifest) -> bool:
    """Say whether a function of the model's task has something to tell of this very model."""
    lacking = {
        "ML.TRANSFORM": manifest.transform is None,
        "ML.GLOBAL_EXPLAIN": manifest.global_attributions is None,
        "ML.ROC_CURVE": len(manifest.classes) != 2,
    }
    return not lacking.get(spec.name, False) and (spec.detail is None or spec.detail in manifest.details)


def _misuse(message: str, call: FunctionCall, hint: str | None = None) -> UserError:
    return InvalidOption.of(message, span=call.span, hint=hint)
