"""The transaction that a script has begun, and what an error within it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from penstock.core.errors import UserError
from penstock.engine.result import Result, done
from penstock.lake.database import Connection
from penstock.sql.statement import AnyStatement, Passthrough


class ScriptTransaction:
    """Whether a script has a transaction open: "broken" from an error that undid it to the script's own ROLLBACK."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._state: Literal["none", "open", "broken"] = "none"

    def do(self, statement: AnyStatement, do: Callable[[AnyStatement], Result]) -> Result:
        """Return what a statement gives; one that begins or ends a transaction is remembered."""
        word = statement.text.split(maxsplit=1)[0].rstrip(";").upper() if isinstance(statement, Passthrough) else ""
        if self._state == "broken" and word == "ROLLBACK":
            self._state = "none"
            return done("the transaction is rolled back")
        result = do(statement)
        if word in ("BEGIN", "START"):
            self._state = "open"
        elif word in ("COMMIT", "END", "ROLLBACK", "ABORT"):
            self._state = "none"
        return result

    def recover(self) -> None:
        """Undo at once what DuckDB lets nobody read or commit any more: a handler goes on without it."""
        if self._state == "open" and self._connection.recover():
            self._state = "broken"

    @contextmanager
    def undone_at_an_error(self) -> Iterator[None]:
        """Roll back the transaction when the script ends in an error."""
        try:
            yield
        except UserError:
            self.recover()
            raise
