"""What stands around statements in a BigQuery script, as frozen values: variables, branches, loops, errors.

A `Query` of these is an expression, unless said otherwise. Bodies are statements in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.sql.statement import AnyStatement, Query, Statement

Verb = Literal["break", "continue", "return"]


@dataclass(frozen=True)
class Declare(Statement):
    """`type` is a DuckDB type; None for that of the default."""

    names: tuple[str, ...]
    type: str | None
    default: Query | None


@dataclass(frozen=True)
class Assign(Statement):
    """SET x = …; of SET (x, y) = … the value is a struct with a field a name."""

    names: tuple[str, ...]
    value: Query
    as_struct: bool


@dataclass(frozen=True)
class Branch(Statement):
    """IF: the body of the first condition that holds, or `otherwise`."""

    arms: tuple[tuple[Query, Body], ...]
    otherwise: Body


@dataclass(frozen=True)
class Block(Statement):
    """BEGIN … END; `handler` is what EXCEPTION WHEN ERROR THEN does, None without it."""

    body: Body
    handler: Body | None
    label: str | None = None


@dataclass(frozen=True)
class Loop(Statement):
    """LOOP, WHILE, REPEAT: `condition` is looked at before each turn, or after it where `until` is true."""

    condition: Query | None
    body: Body
    until: bool = False
    label: str | None = None


@dataclass(frozen=True)
class ForEach(Statement):
    """FOR variable IN (query) DO …: the variable is each row in turn, a struct."""

    variable: str
    query: Query
    body: Body
    label: str | None = None


@dataclass(frozen=True)
class Jump(Statement):
    """BREAK or LEAVE, CONTINUE or ITERATE, RETURN; without a label it means the innermost loop."""

    verb: Verb
    label: str | None = None


@dataclass(frozen=True)
class Raise(Statement):
    """Without a message it passes on the error that is being handled."""

    message: Query | None


@dataclass(frozen=True)
class Assert(Statement):
    condition: Query
    description: str | None


@dataclass(frozen=True)
class ExecuteImmediate(Statement):
    """`values` stand for the text's `?` in their order, or for `@name` where they are named."""

    dynamic: Query
    into: tuple[str, ...]
    values: tuple[tuple[str | None, Query], ...]


ScriptStatement = Declare | Assign | Branch | Block | Loop | ForEach | Jump | Raise | Assert | ExecuteImmediate
Body = tuple[AnyStatement | ScriptStatement, ...]
