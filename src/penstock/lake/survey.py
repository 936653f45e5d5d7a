"""What the values of a delimited file's columns are, where DuckDB's sniffer is not to be taken at its word.

It calls a column text when one value in it is `NA` or has a blank beside it, and a column whole numbers when the first
fraction comes after its sample; the reader would then round it without a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.lake.column import Column
from penstock.lake.database import Connection
from penstock.lake.dialect import Dialect, read_arguments, resniff
from penstock.lake.quoting import quote_identifier, quote_text, quote_value

# What people write where a number or a date is missing, in any case and with blanks around it.
MARKS = ("", "na", "n/a", "#n/a", "null", "none", "-", "--", "?", ".")
# With these the user has said what the values are.
TOLD = frozenset({"nullstr", "columns", "types", "dtypes", "all_varchar", "decimal_separator", "thousands"})
# From this share of numbers on, a column that is text all the same is told.
NEARLY = 0.9


@dataclass(frozen=True)
class Oddity:
    """Why a column that is nearly all of `type` is text: how many of its values are not, the first of them in the
    order of texts, and the last.
    """

    type: str
    count: int
    total: int
    first: str
    last: str


@dataclass(frozen=True)
class Survey:
    """`columns` of the file with their types. Those in `formats` are to be read as text and cast, by the date format
    or, where that is None, as they are. `marks` counts the rows of each mark that is read as NULL, by column; `kept`
    those of each that stays in a column of texts, 0 where the file may be longer than the sample. `mixed` is true when
    a text column of the sample holds numbers or moments by halves.
    """

    columns: tuple[Column, ...]
    formats: Mapping[str, str | None] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    oddities: Mapping[str, Oddity] = field(default_factory=dict)
    mixed: bool = False


@dataclass(frozen=True)
class _Guess:
    type: str
    format: str | None = None


def surveyed(connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object], size: int) -> Survey:
    """Return the columns as they are in the whole file of `size` bytes."""
    if options.keys() & TOLD:
        return Survey(dialect.columns)
    types = {column.name: column.type for column in dialect.columns}
    formats: dict[str, str | None] = {}
    marks: dict[str, Mapping[str, int]] = {}
    oddities: dict[str, Oddity] = {}
    longer = _may_exceed_sample(path, size, dialect, options)
    if longer:
        types |= dict.fromkeys(_fractional(connection, path, dialect, options), "DOUBLE")
    guesses, mixed, seen = _guesses(connection, path, dialect, options)
    facts = _facts(connection, path, dialect, options, guesses) if guesses else {}
    for name, guess in guesses.items():
        total, unfit, first, last, found, fractions = facts[name]
        if unfit:
            oddities[name] = Oddity(guess.type, unfit, total, first, last)
            continue
        types[name] = "DOUBLE" if guess.type == "BIGINT" and fractions else guess.type
        formats[name] = guess.format
        if found:
            marks[name] = found
    columns = tuple(Column(name, types[name]) for name in dialect.names)
    texts = {name: found for name, found in seen.items() if types[name] == "VARCHAR"}
    kept = {name: dict.fromkeys(found, 0) if longer else found for name, found in texts.items()}
    return Survey(columns, formats, marks, kept, oddities, mixed)


def blank_columns(
    connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object], names: Sequence[str]
) -> dict[str, Mapping[str, int]]:
    """Return those of the columns `names` that have no value in a file, with the rows of each mark in them.

    Nothing is known of their types. Marks count as values where the user has said what the values are.
    """
    marks = () if options.keys() & TOLD else MARKS
    parts = []
    for name in names:
        column = quote_identifier(name)
        marked = _is_mark(column, marks)
        parts += [f"count(*) FILTER (NOT {marked})", f"histogram({column}) FILTER ({marked})"]
    row = connection.rows(f"SELECT {', '.join(parts)} FROM {_texts(path, dialect, options)}")[0]
    return {name: row[2 * index + 1] or {} for index, name in enumerate(names) if not row[2 * index]}


def cast_from_text(name: str, kind: str, written: str | None) -> str:
    """Return the SQL for a column's value out of its text, NULL for a mark; `written` is the format of a moment."""
    column = quote_identifier(name)
    value = f"trim({column})" if written is None else f"strptime(trim({column}), {quote_text(written)})"
    return f"CASE WHEN NOT {_is_mark(column, MARKS)} THEN CAST({value} AS {kind}) END"


def _guesses(
    connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object]
) -> tuple[dict[str, _Guess], bool, dict[str, Mapping[str, int]]]:
    """Return what text columns seem to be by the sample, marks of missing values and blanks aside.

    Also whether one of them is mixed, and how often each mark stands in each.
    """
    texts = [column.name for column in dialect.columns if column.type == "VARCHAR"]
    if not texts:
        return {}, False, {}
    parts = []
    for name in texts:
        column = quote_identifier(name)
        marked = _is_mark(column, MARKS)
        parts += [
            f"count(*) FILTER (NOT {marked})",
            f"histogram({column}) FILTER ({marked})",
            f"count(try_cast({column} AS DOUBLE))",
            f"count(try_cast({column} AS TIMESTAMP))",
            f"bool_or({column} <> trim({column}))",
        ]
    sample = f"SELECT * FROM {_texts(path, dialect, options)} LIMIT {quote_value(options['sample_size'])}"
    row = connection.rows(f"SELECT {', '.join(parts)} FROM ({sample})")[0]
    by_name = {name: row[5 * index : 5 * index + 5] for index, name in enumerate(texts)}
    found = sorted({mark for _, marks, *_ in by_name.values() for mark in marks or {}})
    again = resniff(connection, path, dialect, options, ["", *found]) if found else dialect
    resniffed = {column.name: column.type for column in again.columns}
    guesses: dict[str, _Guess] = {}
    for name, facts in by_name.items():
        guess = _guess(facts, resniffed.get(name, "VARCHAR"), again)
        if guess is not None:
            guesses[name] = guess
    mixed = any(values and 2 * max(numbers, moments) >= values for values, _, numbers, moments, _ in by_name.values())
    marks = {name: facts[1] for name, facts in by_name.items() if facts[1]}
    return guesses, mixed, marks


def _guess(facts: Sequence[Any], resniffed: str, dialect: Dialect) -> _Guess | None:
    values, marks, numbers, moments, padded = facts
    if not values:
        return None
    if marks and resniffed not in ("VARCHAR", "BOOLEAN"):
        formats = {"DATE": dialect.date_format, "TIMESTAMP": dialect.timestamp_format}
        return _Guess(resniffed, formats.get(resniffed))
    if (marks or padded) and numbers == values:
        return _Guess("BIGINT")
    if numbers >= NEARLY * values and numbers < values:
        return _Guess("DOUBLE")
    if moments >= NEARLY * values and moments < values:
        return _Guess("TIMESTAMP")
    return None


def _facts(
    connection: Connection,
    path: str,
    dialect: Dialect,
    options: Mapping[str, object],
    guesses: Mapping[str, _Guess],
) -> dict[str, tuple[int, int, str, str, dict[str, int], int]]:
    """Return of each column: values, those that do not fit, first and last of these, the marks, and the fractions."""
    parts = []
    for name, guess in guesses.items():
        column = quote_identifier(name)
        marked = _is_mark(column, MARKS)
        cast = (
            f"try_cast({column} AS {'DOUBLE' if guess.type == 'BIGINT' else guess.type})"
            if guess.format is None
            else f"try_strptime(trim({column}), {quote_text(guess.format)})"
        )
        unfit = f"{cast} IS NULL AND NOT {marked}"
        parts += [
            f"count(*) FILTER (NOT {marked})",
            f"count(*) FILTER ({unfit})",
            f"min({column}) FILTER ({unfit})",
            f"max({column}) FILTER ({unfit})",
            f"histogram({column}) FILTER ({marked})",
            f"count(*) FILTER ({_is_fractional(column)})",
        ]
    row = connection.rows(f"SELECT {', '.join(parts)} FROM {_texts(path, dialect, options)}")[0]
    facts = {}
    for index, name in enumerate(guesses):
        total, unfit_count, first, last, marks, fractions = row[6 * index : 6 * index + 6]
        facts[name] = (total, unfit_count, first or "", last or "", marks or {}, fractions)
    return facts


def _fractional(connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object]) -> list[str]:
    """Return the columns of whole numbers by the sample in which the file has a fraction, or a number too large."""
    whole = [column.name for column in dialect.columns if column.type == "BIGINT"]
    if not whole:
        return []
    counts = ", ".join(f"count(*) FILTER ({_is_fractional(quote_identifier(name))})" for name in whole)
    row = connection.rows(f"SELECT {counts} FROM {_texts(path, dialect, options)}")[0]
    return [name for name, count in zip(whole, row, strict=True) if count]


def _is_fractional(column: str) -> str:
    number = f"try_cast({column} AS DOUBLE)"
    return f"coalesce(try_cast({column} AS BIGINT) <> {number}, {number} IS NOT NULL)"


def _texts(path: str, dialect: Dialect, options: Mapping[str, object]) -> str:
    """Return what to write after FROM for a file's rows as texts; rows that cannot be taken apart are left out."""
    columns = tuple(Column(name, "VARCHAR") for name in dialect.names)
    arguments = [quote_text(path), *read_arguments(dialect, columns, options), "ignore_errors = true"]
    return f"read_csv({', '.join(arguments)})"


def _is_mark(column: str, marks: Sequence[str]) -> str:
    """Return the SQL for whether a text is NULL or a mark."""
    listed = ", ".join(quote_text(mark) for mark in marks)
    return f"({column} IS NULL OR lower(trim({column})) IN ({listed}))" if marks else f"({column} IS NULL)"


def _may_exceed_sample(path: str, size: int, dialect: Dialect, options: Mapping[str, object]) -> bool:
    """Return whether a file may hold more rows than the sniffer has seen: a row has a byte a column at the least."""
    packed = Path(path).suffix.lower() == ".gz"
    rows: Any = options["sample_size"]
    return packed or size > rows * len(dialect.columns)
