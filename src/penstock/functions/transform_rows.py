"""ML.TRANSFORM: what a model's TRANSFORM clause makes of the data."""

from __future__ import annotations

from penstock.core.errors import BadData, InvalidOption
from penstock.core.names import star_without
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.scoring import check_inputs, repeated_names
from penstock.functions.transform import apply_transform_sql
from penstock.lake.database import ArrowRows
from penstock.learn.schema import TRANSFORMED
from penstock.sql.quoting import quote_identifier


def transform_rows(call: Call) -> ArrowRows:
    """Return the outputs of the frozen TRANSFORM in the order of its clause, those that it passes on as they are, the
    label for instance, where the data has them; then the columns of the data that it does not read.
    """
    transform = call.fitted.manifest.transform
    if transform is None:
        raise InvalidOption.of(
            f"Model {call.model_name} was made without TRANSFORM, so {call.name} has nothing to apply.",
            span=call.span,
        )
    check_inputs(call)
    read = {feature.name.casefold() for feature in transform.inputs}
    kept = [name for name in call.rows.schema.names if name.casefold() not in read]
    repeated = repeated_names([*(column.name for column in transform.columns), *kept])
    if repeated:
        raise BadData.of(
            f"The data of {call.name} has a column {repeated[0]!r}, which is the name of one of its outputs.",
            span=call.span,
            hint=f"Rename it or leave it out, for example with SELECT {star_without(repeated[0])}.",
        )
    made = [column.name for column in transform.columns]
    given = {name.casefold(): name for name in (*kept, *made)}
    first = [given[name.casefold()] for name in transform.order if name.casefold() in given] or made
    listed = ", ".join(quote_identifier(name) for name in dict.fromkeys([*first, *made, *kept]))
    sql = apply_transform_sql(transform, call.rows.sql, keep=kept)
    return call.environment.query(f"SELECT {listed} FROM ({sql}) AS transformed_rows")


TRANSFORM = FunctionSpec(
    name="ML.TRANSFORM",
    summary="Applies the TRANSFORM clause of a model, with the statistics of its training rows, to the data.",
    run=transform_rows,
    input="required",
    tasks=TRANSFORMED,
    output=(OutputColumn("<outputs of TRANSFORM>", "as declared", "In the order of the clause, under their names."),),
    passes_input=True,
    example="SELECT * FROM ML.TRANSFORM(MODEL fares, TABLE trips)",
    notes=("Columns that TRANSFORM reads are left out of those that follow.",),
)
