"""Scalar SQL that is made here rather than read: each operation together with its text for DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.graph_text import Projection
from penstock.learn.schema import Feature

WORD, CHARACTER = r"[\p{L}\p{N}]+", "(?s)."


def column(feature: Feature) -> ScalarExpression:
    """Return a feature as it is."""
    return ScalarExpression("column", (), feature.name, quoted(feature.name), feature.arrow)


def number(feature: Feature) -> ScalarExpression:
    """Return a number as float64."""
    of = column(feature)
    return of if of.type == "double" else cast(of)


def cast(of: ScalarExpression) -> ScalarExpression:
    return ScalarExpression("cast", (of,), None, f"CAST({of.sql} AS DOUBLE)", "double")


def constant(value: float | str) -> ScalarExpression:
    if isinstance(value, str):
        return ScalarExpression("constant", (), value, literal(value), "string")
    return ScalarExpression("constant", (), value, literal(value), "double")


def combined(operation: str, sign: str, first: ScalarExpression, second: ScalarExpression) -> ScalarExpression:
    """Return two numbers 'add'ed, 'subtract'ed, 'multiply'ed or 'divide'd; `sign` is how SQL writes it."""
    return ScalarExpression(operation, (first, second), None, f"({first.sql} {sign} {second.sql})", "double")


def ratio(first: ScalarExpression, second: ScalarExpression) -> ScalarExpression:
    """Return a quotient; NULL by zero."""
    zero = constant(0.0)
    divisor = ScalarExpression("nullif", (second, zero), None, f"nullif({second.sql}, {zero.sql})", "double")
    return combined("divide", "/", first, divisor)


def total(numbers: Sequence[ScalarExpression]) -> ScalarExpression:
    """Return the sum of numbers, NULL as nothing."""
    zero = constant(0.0)
    held = [
        ScalarExpression("coalesce", (each, zero), None, f"coalesce({each.sql}, {zero.sql})", "double")
        for each in numbers
    ]
    # By pairs, of pairs, and so on: a sum of hundreds is then no deeper than ten.
    while len(held) > 1:
        pairs = [combined("add", "+", *held[at : at + 2]) for at in range(0, len(held) - 1, 2)]
        held = pairs + held[2 * len(pairs) :]
    return held[0]


def function(operation: str, name: str, of: ScalarExpression) -> ScalarExpression:
    return ScalarExpression(operation, (of,), None, f"{name}({of.sql})", "double")


def part(of: ScalarExpression, name: str) -> ScalarExpression:
    """Return a part of a date or moment as DuckDB calls it; 'epoch' is its seconds since 1970."""
    if name == "epoch":
        return ScalarExpression("part", (of,), name, f"epoch({of.sql})", "double")
    # A moment with a zone has its hour in the zone of whoever asks: SQL that runs anywhere says which.
    moment = f"timezone('UTC', {of.sql})" if "tz=" in of.type else of.sql
    return cast(ScalarExpression("part", (of,), name, f"date_part('{name}', {moment})", "int64"))


def at_least(first: ScalarExpression, bound: float) -> ScalarExpression:
    """Return 1 where a number is so great, else 0."""
    limit = constant(bound)
    return cast(ScalarExpression("at_least", (first, limit), None, f"{first.sql} >= {limit.sql}", "bool"))


def concatenated(*texts: ScalarExpression) -> ScalarExpression:
    """Return texts one after the other; NULL where one of them is."""
    sql = " || ".join(text.sql for text in texts)
    return ScalarExpression("concatenate", texts, None, f"({sql})", "string")


def looked_up(of: ScalarExpression, values: Mapping[str, float], default: float) -> ScalarExpression:
    """Return what was frozen for a text; `default` for any other and for NULL."""
    rows = _values((word, literal(value)) for word, value in values.items())
    sql = (
        f"coalesce((SELECT frozen.value FROM (VALUES {rows}) AS frozen (word, value) "
        f"WHERE frozen.word = {of.sql}), {literal(default)})"
    )
    frozen = (tuple(values), tuple(values.values()), default)
    return ScalarExpression("look_up", (of,), frozen, sql, "double")


def pattern_count(of: ScalarExpression, pattern: str) -> ScalarExpression:
    """Return how often a regular expression of RE2 matches a text, one match after the other."""
    sql = f"length({of.sql})" if pattern == CHARACTER else f"len({_matches(of, pattern)})"
    return ScalarExpression("count_matches", (of,), pattern, f"CAST({sql} AS DOUBLE)", "double")


def ngrams(of: ScalarExpression, pattern: str, sizes: Sequence[int], joiner: str) -> ScalarExpression:
    """Return the matches of a pattern in a text, and so many of them at a time that follow each other, as a list."""
    found = _matches(of, pattern)
    lists = []
    for size in sizes:
        joined = f" || {literal(joiner)} || " if joiner else " || "
        items = joined.join(f"{found}[i + {ahead}]" for ahead in range(size))
        lists.append(f"list_transform(range(1, len({found}) - {size - 2}), lambda i: {items})")
    sql = f"list_concat({', '.join(lists)})" if len(lists) > 1 else lists[0]
    return ScalarExpression("ngrams", (of,), (pattern, tuple(sizes), joiner), sql, "string")


def weighed(
    of: ScalarExpression, words: Sequence[str], table: NDArray[np.float64], base: NDArray[np.float64]
) -> list[ScalarExpression]:
    """Return for each column of `table`, (words, k), base + its weights of a text's n-grams, summed, over the root of
    how many n-grams the text has; NULL has none. A graph looks the words up once for all columns.
    """
    vector = projected(of, words, table, base)
    found = []
    for place in range(table.shape[1]):
        weights = table[:, place].tolist()
        rows = _values((word, literal(weight)) for word, weight in zip(words, weights, strict=True) if weight)
        summed = (
            f"(SELECT sum(frozen.weight) FROM (SELECT unnest({of.sql}) AS ngram) AS own "
            f"JOIN (VALUES {rows}) AS frozen (word, weight) ON frozen.word = own.ngram)"
        )
        own = f"coalesce({summed}, 0e0) / sqrt(greatest(coalesce(len({of.sql}), 0), 1))" if rows else "0e0"
        text = f"({literal(float(base[place]))} + {own})"
        found.append(ScalarExpression("item", (vector,), place, text, "double"))
    return found


def projected(
    of: ScalarExpression, words: Sequence[str], table: NDArray[np.float64], base: NDArray[np.float64]
) -> ScalarExpression:
    """Return all columns of `weighed` as one value of a graph, which no SQL stands for."""
    text = of.arguments[0]
    assert isinstance(of.value, tuple)
    count = ScalarExpression("count_matches", (text,), of.value[0], "", "double")
    return ScalarExpression("project", (of, count), Projection(tuple(words), table, base, of.value[1]), "", "double")


def quoted(name: str) -> str:
    """Return a column's name between double quotes."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def literal(value: float | str) -> str:
    """Return a text, or a number that DuckDB reads as DOUBLE."""
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def _matches(of: ScalarExpression, pattern: str) -> str:
    return f"regexp_extract_all({of.sql}, {literal(pattern)})"


def _values(rows: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"({literal(word)}, {value})" for word, value in rows)
