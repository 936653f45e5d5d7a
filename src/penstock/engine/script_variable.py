"""The values of a script's variables. They live in DuckDB, as variables of the connection, and are bound by name."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field

from penstock.core.errors import BadData
from penstock.lake.database import Connection
from penstock.sql.constant import constant_text
from penstock.sql.quoting import quote_identifier
from penstock.sql.statement import Dialect

# What is computed stands here until it has found its variable.
COMPUTED = "script: computed"
_WHOLE_NUMBERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_NUMERIC = "DECIMAL(38,9)"


@dataclass
class ScriptVariables:
    """The variables of one script by their names, case-folded; each has a DuckDB type.

    DuckDB has them under a prefix, so that no variable of the connection is written over. What is forgotten here is
    left there: another statement would end the reading of a result that is under way.
    """

    connection: Connection
    types: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.types)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Forget at the end what is declared within."""
        before = dict(self.types)
        try:
            yield
        finally:
            self.types = before

    def compute(self, sql: str) -> str:
        """Keep the one value that a query gives, NULL for no row, until it is assigned; return its type."""
        self.connection.rows(f"SET VARIABLE {quote_identifier(COMPUTED)} = (\n{sql}\n)")
        return self._typed(f"getvariable('{COMPUTED}')")

    def computed(self) -> object:
        """Return what `compute` has kept, as a Python value."""
        return self.connection.rows(f"SELECT getvariable('{COMPUTED}')")[0][0]

    def declare(self, name: str, wanted: str | None, given: str) -> None:
        """Make a variable of the computed value, of the wanted type or of that which BigQuery would give it."""
        kind = _inferred(given) if wanted is None else self._typed(f"CAST(NULL AS {wanted})")
        self.types[name.casefold()] = kind
        self.assign(name, given)

    def assign(self, name: str, given: str, place: int | None = None) -> None:
        """Give a variable the computed value, or the field of it at `place`, which counts from 1."""
        value = f"getvariable('{COMPUTED}')"
        if place is not None:
            value = f"struct_extract_at({value}, {place:d})"
            given = self._typed(value)
        kind = self.types[name.casefold()]
        if kind in ("BIGINT", "HUGEINT") and (given in ("DOUBLE", "FLOAT") or given.startswith("DECIMAL")):
            hint = "Say how it becomes whole: CAST(… AS INT64) rounds it, DIV(a, b) divides without a rest."
            raise BadData.of(f"{name} holds whole numbers, and this value is none.", hint=hint)
        self.connection.rows(f"SET VARIABLE {_key(name)} = CAST({value} AS {kind})")

    def bind(self, name: str, value: object, kind: str = "VARCHAR") -> None:
        """Give a variable, declared or not, a Python value."""
        self.types[name.casefold()] = kind
        self.connection.rows(f"SET VARIABLE {_key(name)} = CAST($1 AS {kind})", [value])

    def value(self, name: str) -> object:
        """Return a variable's value as a Python value."""
        return self.connection.rows(f"SELECT getvariable({_name_text(name, 'duckdb')})")[0][0]

    def bound(self, name: str, dialect: Dialect) -> str:
        """Return the expression that stands for a variable in a query."""
        return f"getvariable({_name_text(name, dialect)})"

    def fields(self, given: str) -> int:
        """Return how many fields the computed struct has; raises UserError for what is none."""
        value = self.computed()
        if not given.startswith("STRUCT(") or not isinstance(value, Sized):
            raise BadData.of("A struct is needed here: (value, value), or (SELECT AS STRUCT …).")
        return len(value)

    def _typed(self, value: str) -> str:
        return str(self.connection.rows(f"SELECT typeof({value})")[0][0])


def _key(name: str) -> str:
    return quote_identifier(f"script: {name.casefold()}")


def _name_text(name: str, dialect: Dialect) -> str:
    return constant_text(f"script: {name.casefold()}", dialect)


def _inferred(given: str) -> str:
    """Return the type that BigQuery gives a value of a DuckDB type: it has one of whole numbers, two of others."""
    if given.endswith("[]"):
        return f"{_inferred(given[:-2])}[]"
    if given in _WHOLE_NUMBERS or given == '"NULL"':
        return "BIGINT"
    if given == "FLOAT" or (given.startswith("DECIMAL") and given != _NUMERIC):
        return "DOUBLE"
    return given
