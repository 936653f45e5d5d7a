"""A predicate over measured numbers: DuckDB says whether it holds, the explanation which part decided."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from penstock.core.errors import UnknownName, UserError
from penstock.lake.database import Connection
from penstock.sql.predicate import ordered_comparisons, predicate_to_duckdb
from penstock.sql.quoting import quote_identifier
from penstock.sql.references import columns
from penstock.sql.statement import Query

Numbers = Mapping[str, float | None]


@dataclass(frozen=True)
class PredicateResult:
    """What came of a predicate. `holds` is None when what it asks for could not be measured.

    `explanation` names the parts that decided, each with the numbers that it looked at.
    """

    holds: bool | None
    explanation: str


def evaluate_predicate(
    connection: Connection, predicate: Query, relations: Mapping[str, Numbers], assumed: Collection[str] = ()
) -> PredicateResult:
    """Return whether the predicate holds over one row of numbers.

    The first relation is the one that plain names mean; the others are asked by name, `champion.roc_auc`, and
    are NULL in what only the first one has. None and NaN are NULL; infinities are numbers. The numbers of those in
    `assumed` are told as `none yet`. Raises UnknownName for a name that is in no relation, SyntaxProblem for a text
    that is no expression, UserError when it gives no boolean.
    """
    known = _known(relations)
    for name in columns(predicate):
        if name.casefold() not in known:
            raise UnknownName.among("measure", name, known, span=predicate.span)
    parts = [replace(predicate, text=part.text) for part in ordered_comparisons(predicate)]
    row, values = _row(relations)
    asked = ", ".join(f"({predicate_to_duckdb(each)})" for each in (predicate, *parts))
    found = connection.rows(f"WITH {row} SELECT {asked} FROM {quote_identifier(next(iter(relations)))}", values)[0]
    for each, outcome in zip((predicate, *parts), found, strict=True):
        if not (outcome is None or isinstance(outcome, bool)):
            message = f"{each.text.strip()!r} gives {outcome!r}, which is neither true nor false."
            raise UserError.of(message, span=predicate.span, hint="Compare it with a number.")
    told = {name: "none yet" if name.rpartition(".")[0] in assumed else number(value) for name, value in known.items()}
    return PredicateResult(found[0], _explanation(parts, found[0], found[1:], told))


def _known(relations: Mapping[str, Numbers]) -> dict[str, float | None]:
    """Return every name that the predicate may use, in lower case, with its number."""
    first, *others = relations
    known = {key.casefold(): value for key, value in relations[first].items()}
    known |= {f"{first}.{key}".casefold(): value for key, value in relations[first].items()}
    for name in others:
        numbers = _filled(relations[name], relations[first])
        known |= {f"{name}.{key}".casefold(): value for key, value in numbers.items()}
    return known


def _filled(numbers: Numbers, like: Numbers) -> dict[str, float | None]:
    return {**dict.fromkeys(like), **numbers}


def _row(relations: Mapping[str, Numbers]) -> tuple[str, list[float | None]]:
    """Return the common table expression of the one row, and the values to bind in it.

    The other relations are structs in the row of the first, so that their columns are found by their name
    alone.
    """
    first, *others = relations
    values = list(relations[first].values())
    fields = [f"CAST(? AS DOUBLE) AS {quote_identifier(key)}" for key in relations[first]]
    for name in others:
        numbers = _filled(relations[name], relations[first])
        members = ", ".join(f"{quote_identifier(key)} := CAST(? AS DOUBLE)" for key in numbers)
        fields.append(f"struct_pack({members}) AS {quote_identifier(name)}")
        values += numbers.values()
    return f"{quote_identifier(first)} AS (SELECT {', '.join(fields)})", [_measured(value) for value in values]


def _measured(value: float | None) -> float | None:
    """Return the number, or None for NaN, which DuckDB would take to be greater than every number."""
    return None if value is None or math.isnan(value) else float(value)


def _explanation(
    parts: list[Query],
    holds: bool | None,
    outcomes: tuple[bool | None, ...],
    known: Mapping[str, str],
) -> str:
    deciding = [part for part, outcome in zip(parts, outcomes, strict=True) if outcome is holds]
    words = {True: "", False: "not ", None: "not to be told: "}[holds]
    told = []
    for part in deciding or parts:
        numbers = ", ".join(f"{name} = {known[name.casefold()]}" for name in columns(part))
        told.append(f"{words}{part.text.strip()}{f' ({numbers})' if numbers else ''}")
    return "; ".join(told)


def number(value: float | None) -> str:
    """Return a number as a person reads it: six digits, or `not measured`."""
    value = None if value is None else _measured(value)
    if value is None:
        return "not measured"
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}"
