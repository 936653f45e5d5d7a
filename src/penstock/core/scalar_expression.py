"""A scalar SQL expression as a tree of named operations: what one room reads out of a text and another computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ScalarExpression:
    """One operation on its arguments.

    `operation` is a word such as 'add', 'column' or 'case'; one that begins with a question mark has no word here, and
    the rest says what stands in the text. `value` is a constant, the name of a column, the fields of a struct, or what
    else the operation is told besides its arguments. `sql` is the expression as DuckDB text. `type` is the Arrow type
    of its result as text, once it is known.
    """

    operation: str
    arguments: tuple[ScalarExpression, ...] = ()
    value: object = None
    sql: str = ""
    type: str = ""

    def walk(self) -> Iterator[ScalarExpression]:
        """Yield the expression and every one within it."""
        yield self
        for argument in self.arguments:
            yield from argument.walk()
