"""Calls of ML functions in a query become relations that DuckDB reads like tables."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

import pyarrow as pa

from penstock.core.errors import InvalidOption, UserError
from penstock.core.events import Listener, Noticed, nobody
from penstock.core.options import GivenOption, OptionValue, read_options
from penstock.functions.column_type import noted_types, with_own_types, with_type_notes
from penstock.functions.function import Call, Environment, FunctionSpec, InputRows
from penstock.functions.registry import function_of
from penstock.lake.database import ArrowRows, Connection, Lake
from penstock.learn.artifact import LoadedModel
from penstock.sql.quoting import quote_identifier
from penstock.sql.references import ModelReference
from penstock.sql.rewrite import FunctionCall

NO_FRAMES: Mapping[str, ArrowRows] = {}


class FunctionBinder:
    """Binds the ML calls of one query to one connection; `bind` is what `to_duckdb` asks for each,
    innermost first.

    The data of a call is read on a connection of its own, since the query's is busy while its rows stream
    by. `frames` are relations that stand on the query's connection only and that such data may read too.
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
    ) -> None:
        self._connection = connection
        self._models = models
        self._lake = lake
        self._listener = listener
        self._threads = threads or os.cpu_count() or 1
        self._relations = dict(frames)
        self._registered: list[str] = []
        self._open: set[Connection] = set()
        self._lock = threading.Lock()

    def bind(self, call: FunctionCall) -> str:
        """Register what a call gives and return the text that stands for it after FROM.

        Nothing is scored yet. Raises UserError for an unknown function, model, option or column, and for
        data or arguments that the function does not take.
        """
        spec = function_of(call.name, call.span)
        options = _options(call, spec)
        _check_arguments(call, spec)
        model, model_name = self._model(call, spec)
        environment = Environment(self._query, self._notice_of(model_name or spec.name), self._threads)
        rows = spec.run(
            Call(
                name=spec.name,
                model=model,
                model_name=model_name,
                options=options,
                given=frozenset(name.lower() for name in call.options),
                arguments=tuple(call.arguments),
                input=self._input(call),
                span=call.span,
                environment=environment,
            )
        )
        name = f"{spec.name.lower().replace('.', '_')}_{secrets.token_hex(4)}"
        self._connection.register(name, rows)
        self._registered.append(name)
        self._relations[name] = rows
        return self._readable(quote_identifier(name), rows.schema)

    def interrupt(self) -> None:
        """Stop every read of data that is under way, from another thread."""
        with self._lock:
            for connection in self._open:
                connection.interrupt()

    def close(self) -> None:
        """Take the relations of this binder off the connection."""
        for name in self._registered:
            self._connection.unregister(name)
        self._registered.clear()

    def _readable(self, relation: str, schema: pa.Schema) -> str:
        if not any(noted_types(schema)):
            return relation
        read_as = [kind for _, kind in self._connection.column_types(f"FROM {relation}")]
        return with_own_types(relation, schema, read_as)

    def _model(self, call: FunctionCall, spec: FunctionSpec) -> tuple[LoadedModel | None, str]:
        if call.model is None:
            if spec.model:
                raise _misuse(f"{spec.name} needs a model.", call, f"Write {spec.signature}.")
            return None, ""
        if not spec.model:
            raise _misuse(f"{spec.name} takes no model.", call, f"Write {spec.signature}.")
        model, name = self._models(call.model), call.model.name
        _check_model(model, name, call, spec)
        return model, name

    def _input(self, call: FunctionCall) -> InputRows | None:
        if call.input is None:
            return None
        return InputRows(call.input, self._schema(call.input))

    def _query(self, sql: str) -> ArrowRows:
        return ArrowRows(self._schema(sql), lambda: self._batches(sql))

    def _schema(self, sql: str) -> pa.Schema:
        with closing(self._reader(sql)) as connection:
            types = [kind for _, kind in connection.column_types(sql)]
            return with_type_notes(connection.columns(sql), types)

    def _batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        connection = self._reader(sql)
        with self._lock:
            self._open.add(connection)
        try:
            yield from connection.stream(sql)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _reader(self, sql: str) -> Connection:
        """Return a connection of its own that knows the relations which `sql` may read."""
        connection = self._lake.connection()
        text = sql.casefold()
        for name, rows in self._relations.items():
            if name.casefold() in text:
                connection.register(name, rows)
        return connection

    def _notice_of(self, resource: str) -> Callable[[str], None]:
        return lambda message: self._listener(Noticed(resource, message))


def _options(call: FunctionCall, spec: FunctionSpec) -> dict[str, OptionValue]:
    given = {name: GivenOption(value, call.span) for name, value in call.options.items()}
    values, findings = read_options(given, spec.options, spec.name, call.span)
    if findings:
        raise InvalidOption(*findings)
    return values


def _check_arguments(call: FunctionCall, spec: FunctionSpec) -> None:
    usage = f"Write {spec.signature}."
    if call.input is None and spec.input == "required":
        raise _misuse(f"{spec.name} needs data: a table or a query.", call, usage)
    if call.input is not None and spec.input == "none":
        raise _misuse(f"{spec.name} takes no data.", call, usage)
    if call.second_input is not None:
        raise _misuse(f"{spec.name} takes one table or query, not two.", call, usage)
    if call.arguments and spec.argument is None:
        raise _misuse(f"{spec.name} does not take the argument {call.arguments[0]!r}.", call, usage)
    if len(call.arguments) > 1:
        raise _misuse(
            f"{spec.name} takes one argument beside its options, not {len(call.arguments)}.", call, usage
        )


def _check_model(model: LoadedModel, name: str, call: FunctionCall, spec: FunctionSpec) -> None:
    manifest = model.manifest
    if manifest.task not in spec.tasks:
        wanted = " or ".join(f"{task} models" for task in spec.tasks)
        raise _misuse(f"{spec.name} works on {wanted}; {name} is a {manifest.model_type} model.", call)
    if spec.detail is not None and spec.detail not in manifest.details:
        raise _misuse(f"{spec.name} works on {spec.families}; {name} is a {manifest.model_type} model.", call)


def _misuse(message: str, call: FunctionCall, hint: str | None = None) -> UserError:
    return InvalidOption.of(message, span=call.span, hint=hint)
