"""What a query can read besides tables: files, models, and the calls that bring models in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from penstock.core.names import nearest_name
from penstock.core.options import OptionValue

FileFunction = Literal["csv", "json", "parquet", "excel", "text"]

SUFFIXES: Mapping[str, FileFunction] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".zip": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".xlsx": "excel",
}
COMPRESSIONS = (".gz", ".zst", ".bz2")
FILE_FUNCTIONS: Mapping[str, FileFunction] = {
    "read_csv": "csv",
    "read_csv_auto": "csv",
    "read_json": "json",
    "read_json_auto": "json",
    "read_ndjson": "json",
    "read_ndjson_auto": "json",
    "read_parquet": "parquet",
    "parquet_scan": "parquet",
    "read_xlsx": "excel",
    "read_text": "text",
}


@dataclass(frozen=True)
class ModelReference:
    """A model by name. `version` is a number or an alias as written; None stands for the champion."""

    name: str
    version: str | None = None


@dataclass(frozen=True)
class FileReference:
    """Files that a query reads: paths or globs as written, and the reader's options by lower-case name."""

    function: FileFunction
    patterns: tuple[str, ...]
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True)
class DataArgument:
    """`TABLE name` or `(query)` in a call. `start` and `end` bound the name, or the text between the
    parentheses.
    """

    is_query: bool
    tree: exp.Expr
    start: int
    end: int


@dataclass(frozen=True)
class CallSyntax:
    """A table function call as it stands in a text, from `ML` to its closing parenthesis."""

    name: str
    model: ModelReference | None
    data: tuple[DataArgument, ...]
    options: Mapping[str, OptionValue]
    arguments: tuple[OptionValue, ...]
    start: int
    end: int


def file_function(pattern: str) -> FileFunction | None:
    """Return how a path or glob is read, by its suffix (a compression's suffix aside); None for one that is
    no file.
    """
    text = pattern.casefold().partition("?")[0] if "://" in pattern else pattern.casefold()
    for compression in COMPRESSIONS:
        text = text.removesuffix(compression)
    stem, dot, suffix = text.rpartition(".")
    if not stem or not dot:
        return None
    # `br.cvs` is a slip of the pen, and which files there are is told where they are looked for.
    known = SUFFIXES.get(dot + suffix)
    return known or SUFFIXES.get(nearest_name(dot + suffix, SUFFIXES) or "")
