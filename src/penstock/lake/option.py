"""The options of file functions: which there are, and the ones that Penstock refuses with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import InvalidOption
from penstock.core.names import did_you_mean

SHARED = frozenset({"filename", "union_by_name"})
CSV = SHARED | {
    *("delim", "sep", "header", "skip", "quote", "escape", "comment", "nullstr", "dateformat"),
    *(
        "timestampformat",
        "decimal_separator",
        "thousands",
        "columns",
        "names",
        "types",
        "dtypes",
        "all_varchar",
    ),
    *("sample_size", "encoding", "null_padding", "max_line_size", "auto_detect"),
}
JSON = SHARED | {
    *("columns", "format", "records", "sample_size", "maximum_depth", "dateformat", "timestampformat"),
    *("encoding", "maximum_object_size", "auto_detect"),
}
PARQUET = SHARED | {"hive_partitioning", "hive_types", "binary_as_string", "file_row_number"}
EXCEL = frozenset({"sheet", "range", "header", "all_varchar", "empty_as_varchar", "stop_at_empty", "filename"})
TEXT = frozenset({"encoding"})
OPTIONS = {"csv": CSV, "json": JSON, "parquet": PARQUET, "excel": EXCEL, "text": TEXT}
REFUSED = {
    "ignore_errors": "Rows would vanish; the table's OPTIONS (max_rejects = n) keeps them.",
    "store_rejects": "Unreadable rows are always kept, up to the table's OPTIONS (max_rejects = n).",
}


def checked_options(function: str, options: Mapping[str, object]) -> dict[str, object]:
    """Return the options with lower-case names; raises InvalidOption for an unknown or refused one."""
    given = {name.lower(): value for name, value in options.items()}
    for name in given:
        if name in REFUSED:
            message = f"Option {name} is not for files read here."
            raise InvalidOption(Diagnostic("option", message, None, REFUSED[name]))
        if name not in OPTIONS[function]:
            message = f"There is no option {name!r} for {function} files."
            raise InvalidOption(Diagnostic("option", message, None, did_you_mean(name, OPTIONS[function])))
    if given.get("union_by_name") is False:
        message = "union_by_name = false is not for files read here: columns are always matched by name."
        raise InvalidOption(Diagnostic("option", message))
    return given


def text_option(options: Mapping[str, object], name: str) -> str | None:
    """Return an option that must be a text, or None; raises InvalidOption."""
    value = options.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidOption(Diagnostic("option", f"Option {name} must be a text, not {value!r}."))
    return value


def file_column(options: Mapping[str, object]) -> str | None:
    """Return the name of the column that says which file a row is from, or None when none was asked for."""
    value = options.get("filename", False)
    if isinstance(value, str):
        return value
    return "filename" if value else None
