"""Options that BigQuery's service reads of a table or view, and that change nothing here."""

from __future__ import annotations

from penstock.core.options import OptionSpec, ValueType

_TABLES: tuple[tuple[str, ValueType], ...] = (
    ("expiration_timestamp", "string"),
    ("friendly_name", "string"),
    ("kms_key_name", "string"),
    ("labels", "struct list"),
    ("tags", "struct list"),
)
_KEPT_ROWS: tuple[tuple[str, ValueType], ...] = (
    ("default_rounding_mode", "string"),
    ("enable_change_history", "boolean"),
    ("partition_expiration_days", "any"),
    ("require_partition_filter", "boolean"),
)


def _declared(names: tuple[tuple[str, ValueType], ...]) -> tuple[OptionSpec, ...]:
    doc = "Recorded for the sake of scripts written for BigQuery; nothing here reads it."
    return tuple(
        OptionSpec(name, kind, None, doc, recorded="Recorded; nothing here reads it, and nothing is deleted by itself.")
        for name, kind in names
    )


OF_VIEWS = _declared(_TABLES)
OF_TABLES = (*OF_VIEWS, *_declared(_KEPT_ROWS))
