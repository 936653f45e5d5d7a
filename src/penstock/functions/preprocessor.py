"""What an ML function in the place of a value is: what it reads, and the SQL that stands for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from penstock.core.options import OptionSpec, OptionValue

Parameters = Mapping[str, OptionValue]
# An option without a default: the call must give it.
REQUIRED = None
Reads = Literal[
    "number",
    "text",
    "number or text",
    "list of numbers",
    "list of texts",
    "struct of numbers",
    "struct",
    "vector",
    "image",
    "bytes",
    "statistics",
]


@dataclass(frozen=True)
class Argument:
    """What a function is applied to: its SQL, its type, and its values over the rows (None for one that learns
    nothing). `others` is the SQL of the arguments after the first.
    """

    sql: str
    type: pa.DataType
    values: pa.Array | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preprocessing:
    """One function. `reads` is what its first argument must be, `arguments` names the arguments; `learns` tells
    those written with OVER ().

    `freeze` gives DuckDB SQL over the argument in which everything learnt is a constant.
    """

    name: str
    summary: str
    reads: Reads
    learns: bool
    parameters: tuple[OptionSpec, ...]
    freeze: Callable[[Argument, Parameters], str]
    arguments: tuple[str, ...] = ("column",)
