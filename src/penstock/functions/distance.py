"""The distance of two vectors as SQL."""

from __future__ import annotations

import pyarrow as pa

DISTANCES = ("EUCLIDEAN", "MANHATTAN", "COSINE")
_ZEROS = "error('A vector of zeros has no direction, so no COSINE distance.')"


def distance_sql(kind: pa.DataType, first: str, second: str, type_: str) -> str:
    """Return SQL for the distance of two vectors as DOUBLE, NULL where one is.

    `kind` is the type of the first: a list of numbers, or of pairs of a key and a number. The SQL fails for vectors of
    different lengths, a NULL within one, a key that comes twice, and the cosine of a vector of zeros.
    """
    if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
        return _with(f"map_from_entries({first})", f"map_from_entries({second})", _sparse(type_))
    return _with(f"CAST(({first}) AS DOUBLE[])", f"CAST(({second}) AS DOUBLE[])", dense_distance("p.a", "p.b", type_))


def dense_distance(first: str, second: str, type_: str) -> str:
    """Return SQL for the distance of two values of type DOUBLE[]; DOT_PRODUCT is the negative of the product."""
    lengths = f"'The vectors have different lengths, ' || len({first}) || ' and ' || len({second}) || '.'"
    measured = _measured(first, second, type_)
    return f"CASE WHEN len({first}) <> len({second}) THEN error({lengths}) {measured} END"


def _measured(first: str, second: str, type_: str) -> str:
    """Return the rest of a CASE for vectors of one length."""
    match type_:
        case "EUCLIDEAN":
            return f"ELSE list_distance({first}, {second})"
        case "DOT_PRODUCT":
            return f"ELSE list_negative_inner_product({first}, {second})"
        case "COSINE":
            # list_cosine_distance gives 2 for zeros.
            square = f"list_inner_product({first}, {first}) * list_inner_product({second}, {second})"
            return f"WHEN {square} = 0 THEN {_ZEROS} ELSE list_cosine_distance({first}, {second})"
        case _:
            apart = f"list_transform(range(1, len({first}) + 1), lambda i: abs({first}[i] - {second}[i]))"
            return (
                f"WHEN len(list_filter({apart}, lambda x: x IS NULL)) > 0 THEN error('A vector holds a NULL.') "
                f"ELSE coalesce(list_sum({apart}), CASE WHEN {first} IS NOT NULL AND {second} IS NOT NULL THEN 0e0 END)"
            )


def _sparse(type_: str) -> str:
    def dense(side: str) -> str:
        return f"list_transform(q.k, lambda k: coalesce(CAST({side}[k] AS DOUBLE), 0e0))"

    keys = "list_distinct(map_keys(p.a) || map_keys(p.b))"
    inner = dense_distance("r.a", "r.b", type_)
    vectors = f"list_transform([{{k: {keys}, a: p.a, b: p.b}}], lambda q: {{a: {dense('q.a')}, b: {dense('q.b')}}})"
    distance = f"list_transform({vectors}, lambda r: {inner})[1]"
    return f"CASE WHEN p.a IS NOT NULL AND p.b IS NOT NULL THEN {distance} END"


def _with(first: str, second: str, body: str) -> str:
    """Return SQL that computes both vectors once and calls them `p.a` and `p.b` in the body."""
    return f"list_transform([{{a: {first}, b: {second}}}], lambda p: {body})[1]"
