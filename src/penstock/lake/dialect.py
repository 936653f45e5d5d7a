"""How a delimited text file is written: delimiter, quotes, header, names and types, by DuckDB's sniffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from penstock.core.errors import BadData, SyntaxProblem, UserError
from penstock.lake.column import Column
from penstock.lake.database import Connection
from penstock.lake.encoding import CHUNK
from penstock.lake.quoting import quote_identifier, quote_text, quote_value
from penstock.lake.workspace import open_text

# A title and remarks above a table seldom take more lines.
PREAMBLE_LINES = 12
NOTHING = "(empty)"
# Handed to the sniffer as the user gave them; the others are for reading only.
SNIFFED = frozenset(
    {"delim", "sep", "header", "quote", "escape", "comment", "nullstr", "dateformat", "timestampformat"}
    | {"decimal_separator", "thousands", "columns", "names", "types", "dtypes", "all_varchar"}
    | {"null_padding", "max_line_size"}
)
READING = ("nullstr", "decimal_separator", "thousands", "null_padding", "max_line_size")


@dataclass(frozen=True)
class Dialect:
    """What is needed to read one file without guessing again. `columns` are in the file's order."""

    delimiter: str
    quote: str
    escape: str
    comment: str
    skip: int
    header: bool
    date_format: str | None
    timestamp_format: str | None
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def sniff(connection: Connection, path: str, options: Mapping[str, object], shown: str) -> Dialect | None:
    """Return the dialect of a file, or None for one without a line; raises BadData when there is no telling.

    DuckDB's sniffer is asked up to five times. By itself it settles for no quotes when its sample has none,
    for one column when a row is broken, and skips leading lines; here double quotes are known (unless they
    prove to be plain text, as in some tab-separated files), more than one column is wanted, and no line is
    skipped untold.
    """
    told = {name: value for name, value in options.items() if name in SNIFFED}
    fixed = {"skip": options.get("skip", 0), "sample_size": options["sample_size"]}
    quotes = {} if "quote" in told else {"quote": '"'}
    lenient = {"ignore_errors": True}
    found: list[Dialect] = []
    problem: UserError | None = None
    for extra in (quotes, {}, {**quotes, **lenient}, lenient):
        try:
            dialect = asked(connection, path, {**told, **fixed, **extra})
        except (BadData, SyntaxProblem) as failed:
            problem = problem or failed
            continue
        if len(dialect.columns) > 1:
            return _plain_booleans(connection, path, _with_quotes(dialect, told), options)
        found.append(dialect)
    spaced = _by_spaces(connection, path, {**told, **fixed})
    if spaced is not None:
        return spaced
    if not found:
        raise _undetectable(shown, problem)
    if _is_blank(path):
        return None
    if not told.keys() & {"delim", "sep", "columns", "names"} and "skip" not in options:
        _refuse_preamble(connection, path, {**told, **fixed, **quotes}, shown)
    return _plain_booleans(connection, path, found[0], options)


def read_arguments(dialect: Dialect, columns: tuple[Column, ...], options: Mapping[str, object]) -> list[str]:
    """Return the arguments of read_csv that read a file of this dialect, nothing left to guess."""
    arguments = [
        "auto_detect = false",
        f"delim = {quote_text(dialect.delimiter)}",
        f"quote = {quote_text(dialect.quote)}",
        f"escape = {quote_text(dialect.escape)}",
        f"comment = {quote_text(dialect.comment)}",
        f"skip = {dialect.skip}",
        f"header = {quote_value(dialect.header)}",
        f"columns = {quote_value({column.name: column.type for column in columns})}",
    ]
    if dialect.date_format:
        arguments.append(f"dateformat = {quote_text(dialect.date_format)}")
    if dialect.timestamp_format:
        arguments.append(f"timestampformat = {quote_text(dialect.timestamp_format)}")
    arguments += [f"{name} = {quote_value(options[name])}" for name in READING if name in options]
    return arguments


def resniff(
    connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object], nulls: Sequence[str]
) -> Dialect:
    """Return the dialect with the types that the columns have when these texts stand for NULL."""
    known = {
        "delim": dialect.delimiter,
        "quote": dialect.quote,
        "escape": dialect.escape,
        "comment": dialect.comment,
        "skip": dialect.skip,
        "header": dialect.header,
    }
    told = {name: value for name, value in options.items() if name in SNIFFED and name != "sep"}
    sample = {"sample_size": options["sample_size"], "nullstr": list(nulls), "ignore_errors": True}
    return asked(connection, path, {**told, **known, **sample})


def preamble_hint(header: int) -> str:
    """Return what to say about a file whose names stand in line `header`."""
    return (
        f"Say OPTIONS (skip_leading_rows = {header}), or skip = {header - 1} in read_csv, to take the names from line "
        f"{header} and the rows from below it."
    )


def asked(connection: Connection, path: str, options: Mapping[str, object]) -> Dialect:
    """Return what DuckDB's sniffer says; raises BadData or SyntaxProblem."""
    arguments = ", ".join([quote_text(path), *(f"{name} = {quote_value(value)}" for name, value in options.items())])
    row = connection.rows(
        'SELECT Delimiter, Quote, "Escape", "Comment", SkipRows, HasHeader, DateFormat, TimestampFormat, '
        f"Columns FROM sniff_csv({arguments})"
    )[0]
    delimiter, quote, escape, comment = ("" if value == NOTHING else value for value in row[:4])
    return Dialect(
        delimiter=delimiter,
        quote=quote,
        escape=escape or quote,
        comment=comment,
        skip=int(row[4]),
        header=bool(row[5]),
        date_format=row[6],
        timestamp_format=row[7],
        columns=tuple(Column(item["name"], item["type"]) for item in row[8]),
    )


def _with_quotes(dialect: Dialect, told: Mapping[str, object]) -> Dialect:
    """Return the dialect with double quotes known, unless told otherwise or parted by tabs."""
    if dialect.quote or "quote" in told or dialect.delimiter == "\t":
        return dialect
    return replace(dialect, quote='"', escape='"')


def _plain_booleans(connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object]) -> Dialect:
    """Return the dialect in which a column is BOOLEAN only where its values are the words true and false."""
    boolean = [column.name for column in dialect.columns if column.type == "BOOLEAN"]
    if not boolean or options.keys() & {"columns", "types", "dtypes"}:
        return dialect
    texts = tuple(Column(name, "VARCHAR") for name in dialect.names)
    arguments = ", ".join([quote_text(path), *read_arguments(dialect, texts, options), "ignore_errors = true"])
    tests = ", ".join(f"bool_and(lower({quote_identifier(name)}) IN ('true', 'false'))" for name in boolean)
    sample = f"SELECT * FROM read_csv({arguments}) LIMIT {quote_value(options['sample_size'])}"
    plain = dict(zip(boolean, connection.rows(f"SELECT {tests} FROM ({sample})")[0], strict=True))
    columns = tuple(
        Column(column.name, "VARCHAR") if plain.get(column.name) is False else column for column in dialect.columns
    )
    return replace(dialect, columns=columns)


def _refuse_preamble(connection: Connection, path: str, options: Mapping[str, object], shown: str) -> None:
    """Raise BadData when a table of several columns begins some lines below the first."""
    for skip in range(1, PREAMBLE_LINES + 1):
        try:
            dialect = asked(connection, path, {**options, "skip": skip})
        except (BadData, SyntaxProblem):
            continue
        if len(dialect.columns) < 2:
            continue
        if _first_lines(path, 2 * skip) < 2 * skip:
            return
        message = f"{shown} seems to have {skip} lines above its table of {len(dialect.columns)} columns."
        hint = f"{preamble_hint(skip + 1)} If it is text of one column, say so: delim = ''."
        raise BadData.of(message, hint=hint)


def _by_spaces(connection: Connection, path: str, options: Mapping[str, object]) -> Dialect | None:
    """Return the dialect of a table of numbers parted by spaces, which the sniffer never tries by itself."""
    if "delim" in options or "sep" in options:
        return None
    try:
        dialect = asked(connection, path, {**options, "delim": " "})
    except (BadData, SyntaxProblem):
        return None
    typed = any(column.type != "VARCHAR" for column in dialect.columns)
    return dialect if len(dialect.columns) > 1 and typed else None


def _is_blank(path: str) -> bool:
    with open_text(path) as stream:
        return not any(chunk.strip() for chunk in iter(lambda: stream.read(CHUNK), b""))


def _first_lines(path: str, most: int) -> int:
    """Return how many lines a file has, but no more than `most`."""
    with open_text(path) as stream:
        return sum(1 for _ in islice(stream, most))


def _undetectable(shown: str, problem: UserError | None) -> BadData:
    hint = "Say how it is written: delim, quote, header, skip (lines before the header), columns."
    if problem is not None and "Maximum line size" in str(problem):
        message = f"{shown} has a line of more than 2 MB."
        hint = "Is a quote never closed? If the line is right, say max_line_size (in bytes) in read_csv."
        return BadData.of(message, hint=hint)
    reason = problem.diagnostics[0].message.partition("\n")[0] if problem else ""
    return BadData.of(f"{shown} does not look like one table: {reason}", hint=hint)
