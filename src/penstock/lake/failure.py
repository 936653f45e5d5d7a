"""DuckDB's errors as the user's errors: what is wrong, where in the query, and what to do."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import (
    BadData,
    Busy,
    InternalError,
    PenstockError,
    StorageFailure,
    SyntaxProblem,
    UnknownName,
    UserError,
)
from penstock.core.names import nearest_name
from penstock.core.spans import Span, span_between

# The path in spans that point into the text of a statement; who knows its file puts that in its place.
QUERY = "query"

STORAGE_ERRORS = {errno.ENOSPC, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EDQUOT, errno.EIO}
STORAGE_WORDS = (
    "No space left",
    "File too large",
    "Permission denied",
    "Read-only file system",
    "disk I/O error",
    "quota exceeded",
)
BUSY_WORDS = (
    "database is locked",
    "Could not set lock",
    "Conflicting lock",
    "Transaction conflict",
    "write-write conflict",
)
# What the names of the lake's own files begin with.
OWN_FILE = "/ducklake-"
NETWORK_WORDS = ("HTTP ", "Could not establish connection", "SSL", "Could not connect")
INTERNAL_KINDS = {"INTERNAL", "FATAL", "Serialization", "Connection"}
QUERY_KINDS = {
    "Binder",
    "Parameter Not Resolved",
    "Parameter Not Allowed",
    "Expression",
    "Optimizer",
    "Planner",
    "Syntax",
}

# How DuckDB's reader of delimited files begins what it says of a row that it stops at.
UNREADABLE = "CSV Error on Line"

# From a statement's text and an offset in it to the place in the user's file that it comes from.
Locate = Callable[[str, int], Span]


class UnreadableRow(BadData):
    """A scan of delimited files has stopped at a row that it cannot read."""


@dataclass(frozen=True)
class Finding:
    """What DuckDB says of an error. `position` is a byte offset in the statement."""

    kind: str
    message: str
    position: int | None = None
    subtype: str = ""
    entry: str = ""
    name: str = ""
    error_number: int | None = None


def read_error(text: str) -> Finding:
    """Return the parts of an error's text; connections have `errors_as_json` on.

    A statement says `Kind Error: {…}`, a stream that fails while it is read only `{…}`.
    """
    label, _, rest = ("", "", text) if text.startswith("{") else text.partition(": ")
    kind = label.removesuffix(" Error")
    if not rest.startswith("{"):
        return Finding(kind, rest or text)
    try:
        raw, _ = json.JSONDecoder().raw_decode(rest)
    except json.JSONDecodeError:
        return Finding(kind, rest)
    position, number = raw.get("position"), raw.get("errno")
    return Finding(
        kind=raw["exception_type"],
        message=raw["exception_message"],
        position=int(position) if position else None,
        subtype=raw.get("error_subtype", ""),
        entry=raw.get("type", ""),
        name=raw.get("name", ""),
        error_number=int(number) if number else None,
    )


def translated(
    error: Exception, sql: str, names: Callable[[], Sequence[str]], locate: Locate | None = None
) -> PenstockError:
    """Return the error to raise for DuckDB's own.

    `names` gives the tables there are, for did-you-mean; `locate` the place in the user's file of an offset in `sql`.
    """
    finding = read_error(str(error))
    message = finding.message
    span = _span(sql, finding.position, locate)
    if finding.kind in INTERNAL_KINDS:
        return InternalError(f"DuckDB failed: {message}")
    if any(word in message for word in BUSY_WORDS):
        hint = "Try again; with many writers, keep the catalog in Postgres."
        return Busy.of(f"Another process is writing: {_first_line(message)}", hint=hint)
    if finding.error_number in STORAGE_ERRORS or any(word in message for word in STORAGE_WORDS):
        return StorageFailure.of(_first_line(message), hint="Free some space, or check who may write there.")
    if OWN_FILE in message and finding.kind not in QUERY_KINDS:
        hint = "Put it back from a backup, or build the tables anew from their sources: penstock run --full-refresh."
        return StorageFailure.of(f"A file of the lake cannot be read: {_sentence(_first_line(message))}", hint=hint)
    if finding.kind == "Catalog" and (finding.entry == "Table" or message.startswith("Table with name")):
        return _unknown_table(finding, sql, span, names())
    return _by_kind(finding, span)


def _by_kind(finding: Finding, span: Span | None) -> PenstockError:
    message = finding.message
    match finding.kind:
        case "TransactionContext" if "within a transaction" in message:
            return UserError.of("A transaction is under way here.", span=span, hint="End it: COMMIT or ROLLBACK.")
        case "Parser":
            return SyntaxProblem.of(_sentence(message), span=span)
        case "Catalog" if function := re.match(r'\w+ Function with name "?([\w.]+)"? (does|is) not', message):
            return _unknown_function(function.group(1), message, span)
        case "Catalog":
            first, _, rest = message.partition("\n")
            return UnknownName.of(_sentence(first), span=span, hint=rest.strip() or None)
        case "Binder" if finding.subtype == "COLUMN_NOT_FOUND" or "does not have a column named" in message:
            return _unknown_column(finding, span)
        case "Binder" if unread := re.match(r'No extension found that is capable of reading the file "(.*)"', message):
            return _unreadable_path(unread.group(1), span)
        case kind if kind in QUERY_KINDS:
            first, _, rest = message.partition("\n")
            return SyntaxProblem.of(_sentence(first), span=span, hint=rest.strip() or None)
        case "Invalid Input" if not message.startswith(UNREADABLE):
            # May be the user's own text, of ERROR('…'), which a script compares with what it expects.
            first, _, rest = message.partition("\n")
            return BadData.of(first, span=span, hint=rest.strip() or None)
        case "Interrupt" | "INTERRUPT":
            return UserError(Diagnostic("interrupted", "The statement was interrupted."))
        case "Out of Memory":
            hint = "Give more under [compute] memory_limit, or read fewer columns at once."
            return StorageFailure.of(_first_line(message), hint=hint)
        case "HTTP":
            return StorageFailure.of(_first_line(message), hint="Check the address and the AWS_… variables.")
        case "IO" if any(word in message for word in NETWORK_WORDS):
            return StorageFailure.of(_first_line(message), hint="Check the address and the AWS_… variables.")
        case "Missing Extension" | "Autoloading":
            return UserError.of(_first_line(message), hint="penstock doctor says which extensions are there.")
        case _:
            first, _, rest = message.partition("\n")
            error = UnreadableRow if first.startswith(UNREADABLE) else BadData
            return error.of(_sentence(first), span=span, hint=rest.strip() or None)


def _unknown_table(finding: Finding, sql: str, span: Span | None, names: Sequence[str]) -> UserError:
    """Return the error for a table that is not there (or is there already), named as the query names it."""
    if finding.subtype == "ENTRY_ALREADY_EXISTS":
        return UserError.of(_sentence(finding.message), span=span)
    if "/" in finding.name or "*" in finding.name:
        return _unreadable_path(finding.name, span)
    name = finding.name or finding.message.removeprefix("Table with name ").split(" ", 1)[0].strip('"')
    if finding.position is not None:
        written = re.match(r"[^\s,;()]+", sql.encode()[finding.position :].decode(errors="ignore"))
        plain = written.group().replace('"', "") if written else ""
        name = plain if plain.casefold().endswith("." + name.casefold()) else name
    # A table of another schema is the likeliest meaning of its bare name.
    bare = {known.rpartition(".")[2].casefold(): known for known in names}
    if name.casefold() in bare:
        hint = f"Did you mean {bare[name.casefold()]!r}?"
        return UnknownName(Diagnostic(UnknownName.code, f"There is no table {name!r}.", span, hint))
    return UnknownName.among("table", name, names, span=span)


def _unknown_function(name: str, message: str, span: Span | None) -> UserError:
    """Return the error for a function that is not there, or is in an extension of DuckDB's."""
    extension = re.search(r"exists in the (\w+) extension", message)
    nearest = re.search(r'Did you mean "(\w+)"', message)
    hint = nearest_name(name, [nearest.group(1)]) if nearest else None
    told = f"Did you mean {hint!r}?" if hint else None
    if extension:
        told = f"It is one of DuckDB's extension {extension.group(1)}: INSTALL {extension.group(1)}; LOAD it first."
    return UnknownName.of(f"There is no function {name!r}.", span=span, hint=told)


def _unreadable_path(path: str, span: Span | None) -> BadData:
    """Return the error for a path that does not end in the suffix of a kind of files that is read."""
    hint = "Say how they are read: read_csv('…'), read_json, read_parquet, read_xlsx or read_text; or name files by "
    hint += "their ending, '….csv'."
    return BadData.of(f"The ending of {path!r} does not say what kind of files it means.", span=span, hint=hint)


def _unknown_column(finding: Finding, span: Span | None) -> UserError:
    """Return the error for a column that is not there, with the nearest of those that DuckDB offers."""
    first, _, rest = finding.message.partition("\n")
    quoted = re.search(r'"((?:[^"]|"")+)"', first.rpartition("does not have a column named")[2])
    listed = rest.strip().removeprefix("Candidate bindings:").strip().removeprefix(":").strip()
    columns = [part.strip().strip('"') for part in listed.split(",") if part.strip()]
    if quoted is None or not (columns or not rest.strip()):
        return UnknownName.of(_sentence(first), span=span, hint=rest.strip() or None)
    name = quoted.group(1).replace('""', '"')
    if not columns:
        return UnknownName.of(f"There is no column {name!r} here.", span=span)
    nearest = nearest_name(name, columns)
    # What DuckDB offers are the most alike, not all that there are.
    hint = f"Did you mean {nearest!r}?" if nearest else f"Among the columns are: {', '.join(columns)}."
    return UnknownName.of(f"There is no column {name!r}.", span=span, hint=hint)


def _span(sql: str, position: int | None, locate: Locate | None) -> Span | None:
    if position is None:
        return None
    start = len(sql.encode()[:position].decode(errors="ignore"))
    if locate is not None:
        return locate(sql, start)
    return span_between(QUERY, sql, start, min(start + 1, len(sql)))


def _first_line(message: str) -> str:
    return message.partition("\n")[0]


def _sentence(message: str) -> str:
    text = message.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
