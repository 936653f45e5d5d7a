"""TRANSFORM: its statistics are taken from the training rows once and frozen into scalar SQL that travels
with the model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption, UnknownName, UntrainableModel, UserError
from penstock.core.names import did_you_mean
from penstock.core.spans import Span
from penstock.functions.preprocessing_use import PreprocessingUse, read_use
from penstock.lake.database import Connection
from penstock.learn.feature_column import feature_type
from penstock.learn.manifest import RAW_INPUT, Transform, TransformColumn
from penstock.learn.schema import Feature
from penstock.sql.place import place_of_column
from penstock.sql.quoting import quote_identifier, quote_literal
from penstock.sql.statement import Query
from penstock.sql.transform import AnalyticCall, Expression, Star, filled, freeze, transform_columns


def apply_transform_sql(
    transform: Transform, input_sql: str, keep: Sequence[str] = (), *, with_inputs: bool = False
) -> str:
    """Return DuckDB SQL for the outputs of a transform over a query, then the query's columns named in
    `keep`, and last, when asked for, the columns that the transform reads and does not pass on as they are, each under
    RAW_INPUT and its name.

    The SQL holds every statistic as a constant: what a row gives does not depend on the rows beside it.
    """
    outputs = [f"{column.sql} AS {quote_identifier(column.name)}" for column in transform.columns]
    # Qualified, since an output may have the name of a column that is kept.
    kept = [f"raw_rows.{quote_identifier(name)}" for name in keep]
    plain = {column.name.casefold() for column in transform.columns if is_passed_on(column)}
    read = [feature.name for feature in transform.inputs if with_inputs and feature.name.casefold() not in plain]
    kept += [f"raw_rows.{quote_identifier(name)} AS {quote_identifier(RAW_INPUT + name)}" for name in read]
    return f"SELECT {', '.join([*outputs, *kept])} FROM (\n{input_sql}\n) AS raw_rows"


def freeze_transform(
    transform: Query,
    training_sql: str,
    connection: Connection,
    pass_through: Collection[str],
    *,
    with_inputs: bool = False,
    needs_features: bool = True,
) -> tuple[Transform, str]:
    """Return a TRANSFORM clause with everything that it learns from the training query, and SQL for the
    training rows.

    That SQL gives the features, then those of the `pass_through` columns (label, split, weight) that the
    query has, listed in the clause or not, and `with_inputs` what the clause reads. Raises SyntaxProblem,
    UnknownName, InvalidOption or BadData for a clause that cannot be applied, UntrainableModel for one that
    leaves no feature where the model type `needs_features`.
    """
    columns = connection.columns(training_sql)
    span = transform.span
    _refuse_repeated(columns.names, "The training query", span)
    outputs: list[Expression] = []
    for output in _outputs(transform_columns(transform), columns.names, transform):
        _check_reads(output, columns.names, transform)
        outputs += _fields(output, training_sql, connection, span) if output.fields else [output]
    _refuse_repeated([output.name for output in outputs], "TRANSFORM", span)
    passed = {name.casefold() for name in pass_through}
    for output in outputs:
        if output.name.casefold() in passed and not _is_plain(output):
            raise InvalidOption.of(
                f"TRANSFORM must pass the column {output.name} on as it is.",
                span=span,
                hint="Compute it in the query after AS.",
            )
    features = [output for output in outputs if output.name.casefold() not in passed]
    if needs_features and not features:
        raise UntrainableModel.of("TRANSFORM leaves no feature to learn from.", span=span)
    frozen = Transform(
        tuple(_frozen(features, training_sql, connection, span)),
        tuple(_inputs(features, columns, span)),
        tuple(output.name for output in outputs),
    )
    kept = [name for name in columns.names if name.casefold() in passed]
    return frozen, apply_transform_sql(frozen, training_sql, keep=kept, with_inputs=with_inputs)


def _refuse_repeated(names: Sequence[str], where: str, span: Span) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise BadData.of(f"{where} gives two columns the name {name!r}.", span=span, hint="Rename one with AS.")
        seen.add(name.casefold())


def _outputs(items: Sequence[Expression | Star], columns: Sequence[str], clause: Query) -> list[Expression]:
    """Return the clause's outputs in order, a star written out."""
    outputs: list[Expression] = []
    for item in items:
        outputs.extend([item] if isinstance(item, Expression) else _written_out(item, columns, clause))
    return outputs


def _written_out(star: Star, columns: Sequence[str], clause: Query) -> Iterator[Expression]:
    known = {name.casefold() for name in columns}
    for name in (*star.excepted, *(item.name for item in star.replaced)):
        if name.casefold() not in known:
            raise _unknown_column(name, columns, place_of_column(clause, name))
    excepted = {name.casefold() for name in star.excepted}
    replaced = {item.name.casefold(): item for item in star.replaced}
    for name in columns:
        if name.casefold() not in excepted:
            yield replaced.get(name.casefold(), Expression(name, quote_identifier(name), (name,)))


def _fields(struct: Expression, training_sql: str, connection: Connection, span: Span) -> Iterator[Expression]:
    """Yield an output for every field of `struct.*`."""
    (frozen,) = _frozen([struct], training_sql, connection, span)
    kind = connection.columns(f"SELECT ({frozen.sql}) AS struct FROM (\n{training_sql}\n) AS raw_rows").field(0).type
    if not pa.types.is_struct(kind):
        raise InvalidOption.of(f".* in TRANSFORM takes the fields of a struct, not of {kind}.", span=span)
    for field in kind:
        sql = f"struct_extract({struct.sql}, {quote_literal(field.name)})"
        yield Expression(field.name, sql, struct.reads, struct.analytic)


def _check_reads(output: Expression, columns: Sequence[str], clause: Query) -> None:
    known = {name.casefold() for name in columns}
    for name in output.reads:
        if name.casefold() not in known:
            raise _unknown_column(name, columns, place_of_column(clause, name))


def _unknown_column(name: str, columns: Sequence[str], span: Span) -> UserError:
    message = f"TRANSFORM names the column {name!r}, which the training query does not have."
    return UnknownName.of(message, span=span, hint=did_you_mean(name, columns))


def is_passed_on(column: TransformColumn) -> bool:
    return column.sql.casefold() in (column.name.casefold(), quote_identifier(column.name).casefold())


def _is_plain(output: Expression) -> bool:
    """Say whether an output is a raw column under its own name."""
    if output.analytic or len(output.reads) != 1:
        return False
    name = output.reads[0].casefold()
    return output.name.casefold() == name and output.sql.casefold() in (name, quote_identifier(name))


def _inputs(features: Sequence[Expression], columns: pa.Schema, span: Span) -> Iterator[Feature]:
    read = {name.casefold() for output in features for name in output.reads}
    for field in columns:
        if field.name.casefold() not in read:
            continue
        kind = feature_type(field.type)
        if kind is None:
            raise BadData.of(
                f"TRANSFORM reads the column {field.name!r} of type {field.type}, which no model takes.",
                span=span,
                hint="Turn it into numbers or texts in the query after AS.",
            )
        yield Feature(field.name, kind, str(field.type))


def _frozen(
    features: Sequence[Expression], training_sql: str, connection: Connection, span: Span
) -> Iterator[TransformColumn]:
    uses = [_use(call, training_sql, connection, span) for output in features for call in output.analytic]
    texts = iter(_frozen_calls(uses, training_sql, connection))
    for output in features:
        sql = freeze(output, [next(texts) for _ in output.analytic])
        yield TransformColumn(output.name, sql, tuple(output.reads))


def _use(call: AnalyticCall, training_sql: str, connection: Connection, span: Span) -> PreprocessingUse:
    """Return the use of a function, the calls within its arguments frozen."""
    arguments = list(call.arguments)
    for place, calls in enumerate(call.within):
        uses = [_use(inner, training_sql, connection, span) for inner in calls]
        arguments[place] = filled(arguments[place], _frozen_calls(uses, training_sql, connection))
    return read_use(call.function, arguments, call.literals, call.span or span, over=call.over, named=call.named)


def _frozen_calls(uses: Sequence[PreprocessingUse], training_sql: str, connection: Connection) -> list[str]:
    """Return the SQL that stands for each call, what it learns taken from the training rows."""
    if not uses:
        return []
    arguments = ", ".join(f"({use.argument}) AS argument_{at}" for at, use in enumerate(uses))
    sql = f"SELECT {arguments} FROM (\n{training_sql}\n) AS raw_rows"
    types = [field.type for field in connection.columns(sql)]
    for use, kind in zip(uses, types, strict=True):
        use.check(kind)
    learning = [at for at, use in enumerate(uses) if use.function.learns]
    values: dict[int, pa.ChunkedArray] = {}
    if learning:
        listed = ", ".join(f"argument_{at}" for at in learning)
        table = connection.table(f"SELECT {listed} FROM ({sql}) AS learnt_rows")
        values = {at: table.column(place) for place, at in enumerate(learning)}
    return [use.frozen(types[at], values.get(at)) for at, use in enumerate(uses)]
