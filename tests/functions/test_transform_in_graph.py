"""A TRANSFORM in a graph gives what DuckDB gives, row by row, or says that it is in doubt."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import UserError
from penstock.core.spans import Span
from penstock.functions.transform_expression import transform_expressions
from penstock.lake.database import ArrowRows, Connection, open_lake
from penstock.learn.feature_column import feature_type, features_of
from penstock.learn.graph import DOUBT, GraphBuilder
from penstock.learn.graph_expression import ExpressionGraph
from penstock.learn.graph_input import graph_input
from penstock.learn.graph_value import NotCompiled
from penstock.learn.manifest import Transform, TransformColumn
from penstock.learn.schema import NULL_STRING

PLACE = Span("transform", 1, 1, 1, 1)
ROWS = pa.table(
    {
        "i": pa.array([0, 1, -7, 2_000_000_000, None, 3], pa.int32()),
        "k": pa.array([3, 0, 2, None, 5, -4], pa.int64()),
        "x": pa.array([0.5, -2.5, 3.5, 1e300, None, 0.0]),
        "y": pa.array([2.0, 0.0, -1.25, 1e300, 7.0, None]),
        "p": pa.array([Decimal("1.10"), Decimal("-0.05"), None, Decimal("99.99"), Decimal("2.25"), Decimal("0.00")]),
        "s": pa.array(["서울", "a.b", None, "", "A\nb", "100%"]),
        "r": pa.array(["서울", "x", "y", None, "_", "a.b"]),
        "f": pa.array([True, False, None, True, False, True]),
        "g": pa.array([None, False, True, True, None, False]),
        "d": pa.array(
            [date(2024, 2, 29), date(1969, 12, 31), None, date(2000, 1, 1), date(1900, 3, 1), date(2023, 1, 1)]
        ),
        "t": pa.array(
            [
                datetime(2024, 12, 31, 23, 59, 59, 500_000),
                datetime(1969, 12, 31, 1, 2, 3),
                datetime(2000, 2, 29),
                None,
                datetime(2021, 7, 4, 12, 30),
                datetime(1970, 1, 1),
            ],
            pa.timestamp("us"),
        ),
    }
)
NUMERIC = [
    "i + k", "i - 1", "k * 3", "i * 1.5", "x / y", "x * y - x", "x + i", "-x", "abs(k)", "floor(x)", "ceil(y)",
    "k // 2", "k // i", "k % 3", "k % i", "round(x)", "round(y, 1)", "round(p, 1)", "p * 1.15", "p + 1", "p - p",
    "sqrt(x)", "ln(y)", "log10(y)", "log2(y)", "log(y)", "exp(y)", "pow(y, 2)", "pow(y, 0.5)", "sign(x)", "sin(y)",
    "greatest(x, y)", "least(x, y, 0)", "greatest(i, NULL, 5)", "coalesce(x, y, 0)", "coalesce(i, 0) + 1",
    "nullif(k, 3)", "CASE WHEN x > 0 THEN ln(x) ELSE 0 END", "CASE WHEN x > 1 THEN 1 WHEN y > 1 THEN 2 END",
    "CASE k WHEN 3 THEN 1 ELSE 2 END", "if(f, x, y)", "CAST(x AS INTEGER)", "CAST(p AS INTEGER)", "CAST(y AS BIGINT)",
    "CAST(f AS INTEGER)", "CAST(i AS DOUBLE)", "CAST(i AS DECIMAL(12,2)) * 1.5", "year(d)", "month(d)", "day(t)",
    "extract(dow FROM d)", "extract(isodow FROM d)", "extract(doy FROM d)", "quarter(d)", "hour(t)", "minute(t)",
    "second(t)", "epoch(t)", "date_part('hour', t)", "date_diff('day', d, t)", "date_diff('month', d, t)",
    "date_diff('year', d, DATE '2024-06-01')", "date_diff('hour', t, TIMESTAMP '2024-01-01 00:30:00')",
    "d - DATE '2000-01-01'", "CASE WHEN s = '서울' THEN x ELSE y END", "i + CASE WHEN f THEN 1 ELSE 0 END",
    "x / CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') ELSE y END",
    "k % CASE WHEN i = 0 AND k IS NOT NULL THEN error('division by zero') ELSE i END",
    "CASE typeof(x) WHEN 'VARCHAR' THEN error('no') ELSE CAST(x AS BIGINT) END",
    "isnan(x)::INTEGER", "trunc(x)", "week(d)", "week(t)", "date_sub('hour', t, TIMESTAMP '2024-01-01 00:30:00')",
    "date_sub('day', d, t)", "struct_extract({'a': x, 'b': y}, 'b')",
]  # fmt: skip
CONDITIONS = [
    "x > y", "x >= 0.5", "i = 1", "i <> k", "p = 1.10", "p < x", "x BETWEEN 0 AND 4", "k IN (3, 5)",
    "k NOT IN (3, NULL)",
    "s = '서울'", "s <> r", "s IN ('', '100%')", "s IS NULL", "s IS NOT NULL", "f AND g", "f OR g", "NOT f",
    "f IS TRUE", "g IS NOT FALSE", "f = g", "x > 0 AND s IS NOT NULL", "s LIKE '%.%'", "s LIKE '100%'", "s LIKE 'A_b'",
    "s NOT LIKE '%o%'", "regexp_matches(s, '^a.b$')", "starts_with(s, '서')", "contains(s, '.')", "suffix(s, 'b')",
    "d > DATE '2000-01-01'", "t >= d", "i IS DISTINCT FROM k", "i IS NOT DISTINCT FROM k", "isfinite(x)",
    "isinf(x * y)",
    "(x > 0) = f", "CASE WHEN f THEN g ELSE x > 0 END", "coalesce(f, g, false)", "NULL = i", "CAST(i AS BOOLEAN)",
]  # fmt: skip
TEXTS = [
    "s || '_' || r", "concat(s, '-', r)", "coalesce(s, 'none')", "CASE WHEN f THEN s ELSE r END", "nullif(s, '')",
    "CAST(i AS VARCHAR)", "CAST(f AS VARCHAR)", "i || ':' || s", "if(x > 1, 'high', 'low')",
]  # fmt: skip
MOMENTS = ["date_trunc('month', d)", "date_trunc('hour', t)", "date_trunc('week', t)", "d + 1", "t - INTERVAL 2 HOURS"]


@pytest.fixture(scope="module")
def connection() -> Connection:
    return open_lake(None).connection()


def answers(connection: Connection, sql: str, rows: pa.Table) -> tuple[list[object], list[object], list[bool]]:
    """Return what DuckDB gives, what the graph gives, and where the graph is in doubt."""
    connection.register("rows", ArrowRows(rows.schema, lambda: iter(rows.to_batches())))
    try:
        features = features_of(rows)
        transform = Transform((TransformColumn("out", sql),), features)
        found = transform_expressions(transform, "SELECT * FROM rows", connection, PLACE)
        assert found is not None, "DuckDB describes every part."
        got, doubtful = computed(found["out"], rows)
        wanted = []
        for place in range(rows.num_rows):
            try:
                one = f"SELECT {sql} AS out FROM (SELECT * FROM rows LIMIT 1 OFFSET {place})"
                wanted.append(connection.table(one).column("out")[0])
            except UserError:
                assert doubtful[place], f"DuckDB refuses row {place}, and the graph does not know."
                wanted.append(None)
        return wanted, got, doubtful
    finally:
        connection.unregister("rows")


def computed(expression, rows):
    import onnxruntime
    from onnx import TensorProto, helper

    features = features_of(rows)
    builder = GraphBuilder(features, "transform/")
    expressions = ExpressionGraph(builder, features)
    value = expressions.value(expression)
    kind = feature_type(pa.type_for_alias(expression.type) if "decimal" not in expression.type else pa.float64())
    assert kind is not None
    builder.alias(expressions.feature(value, kind), "out")
    doubt = expressions.doubt([value])
    if doubt is not None:
        builder.alias(doubt, DOUBT)
    element = TensorProto.STRING if str(kind) == "string" else TensorProto.DOUBLE
    outputs = [helper.make_tensor_value_info("out", element, ["n", 1])]
    outputs += [helper.make_tensor_value_info(DOUBT, TensorProto.BOOL, ["n", 1])] if doubt else []
    graph = helper.make_graph(list(builder.nodes), "t", list(builder.inputs), outputs, list(builder.initializers))
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    out, *rest = session.run(None, graph_input(rows, features))
    doubtful = rest[0][:, 0].tolist() if rest else [False] * rows.num_rows
    return out[:, 0].tolist(), doubtful


def as_fed(scalar: pa.Scalar | None) -> object:
    """Return a result of SQL as a model reads it."""
    if scalar is None or not scalar.is_valid:
        return None
    value = scalar.as_py()
    if isinstance(value, bool | int | float | Decimal):
        return float(value)
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days * 86_400.0
    return value


def check(connection: Connection, sql: str, rows: pa.Table = ROWS) -> list[bool]:
    wanted, got, doubtful = answers(connection, sql, rows)
    for place, (sure, expected, actual) in enumerate(zip(doubtful, wanted, got, strict=True)):
        if sure:
            continue
        fed = as_fed(expected)
        if fed is None:
            nothing = actual == NULL_STRING or actual != actual
            assert nothing, f"{sql}, row {place}: NULL, not {actual!r}"
        elif isinstance(fed, float):
            np.testing.assert_allclose(actual, fed, rtol=1e-13, atol=1e-300, err_msg=f"{sql}, row {place}")
        else:
            assert actual == fed, f"{sql}, row {place}"
    return doubtful


@pytest.mark.parametrize("sql", [*NUMERIC, *CONDITIONS, *TEXTS, *MOMENTS])
def test_an_expression_gives_in_a_graph_what_it_gives_in_duckdb(connection, sql):
    check(connection, sql)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("sqrt(x)", [1]),
        ("ln(y)", [1, 2]),
        ("i * 2", [3]),
        ("CAST(y AS BIGINT)", [3]),
        ("x * 1e300 - x * 1e300", [3]),
        ("CASE WHEN x > 0 THEN ln(x) ELSE 0 END", []),
    ],
)
def test_what_duckdb_refuses_or_computes_otherwise_is_in_doubt_and_nothing_else(connection, sql, rows):
    assert [place for place, doubtful in enumerate(check(connection, sql)) if doubtful] == rows


@pytest.mark.parametrize("sql", ["upper(s)", "s < r", "list_sum([x, y])", "md5(s)", "CAST(s AS DOUBLE)", "t::TIME"])
def test_what_a_graph_cannot_compute_is_named(connection, sql):
    with pytest.raises(NotCompiled) as caught:
        answers(connection, sql, ROWS)
    assert str(caught.value)


numbers = st.sampled_from(["x", "y", "i", "k", "p", "1", "2.5", "0", "-3", "1e0", "NULL"])
conditions = st.sampled_from(["f", "g", "x > y", "i = k", "x IS NULL", "s = r", "true", "false"])


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.flatmap(lambda p: st.sampled_from(["+", "-", "*", "/"]).map(lambda o: f"({p[0]} {o} {p[1]})")),
        st.tuples(conditions, inner, inner).map(lambda c: f"CASE WHEN {c[0]} THEN {c[1]} ELSE {c[2]} END"),
        pairs.map(lambda p: f"coalesce({p[0]}, {p[1]})"),
        pairs.map(lambda p: f"greatest({p[0]}, {p[1]})"),
        pairs.map(lambda p: f"nullif({p[0]}, {p[1]})"),
        pairs.map(lambda p: f"CASE WHEN {p[0]} <= {p[1]} AND NOT f THEN 1 ELSE 0 END"),
        inner.map(lambda e: f"abs({e})"),
        inner.map(lambda e: f"round({e})"),
        inner.map(lambda e: f"CAST({e} AS DOUBLE)"),
    )


@settings(max_examples=100, deadline=None)
@given(sql=st.recursive(numbers, _deeper, max_leaves=6))
def test_any_arithmetic_gives_in_a_graph_what_it_gives_in_duckdb(connection, sql):
    with suppress(NotCompiled):
        check(connection, sql)
