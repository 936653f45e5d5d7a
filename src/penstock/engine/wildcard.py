"""BigQuery's wildcard tables: one name for all tables that begin alike, `events_*`."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.errors import UnknownName
from penstock.core.names import name_key
from penstock.lake.database import Connection
from penstock.lake.tables import table_names
from penstock.sql.quoting import quote_literal, quote_name

# What stands in the place of the star, in each row of its table.
SUFFIX = "_TABLE_SUFFIX"


def wildcard_tables(connection: Connection, name: str) -> list[str] | None:
    """Return the tables that a name with a star at its end means, in the order of their names; None for another name.

    Raises UnknownName when no table's name begins so.
    """
    if not name.endswith("*") or "/" in name:
        return None
    prefix = name_key(name.removesuffix("*"))
    named = (table for table in table_names(connection) if name_key(table).startswith(prefix))
    tables = sorted(named, key=name_key)
    if not tables:
        raise UnknownName.of(f"There is no table whose name begins with {name.removesuffix('*')}.")
    return tables


def wildcard_sql(connection: Connection, name: str, asked: str, substitutes: Mapping[str, str]) -> str | None:
    """Return the query for the rows of all tables that a name means; None for a name without a star.

    The rows have their suffix where the text `asked`, the query that reads them, asks for it. A column that one of the
    tables lacks is NULL in its rows. `substitutes` are texts in the place of tables, by key.
    """
    tables = wildcard_tables(connection, name)
    if tables is None:
        return None
    length = len(name_key(name.removesuffix("*")))
    parts = []
    for table in tables:
        rest = table[len(table) - len(name_key(table)) + length :]
        suffix = f", {quote_literal(rest)} AS {SUFFIX}" if SUFFIX in asked.upper() else ""
        parts.append(f"SELECT *{suffix} FROM {substitutes.get(name_key(table), quote_name(table))}")
    return " UNION ALL BY NAME ".join(parts)
