"""Functions of ours that a query can call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class ArrowFunction:
    """A function of one or two texts to be called in SQL. `result` is a DuckDB type; `call` gets the arguments a batch
    of rows at a time, as arrays, and gives as many values. It is asked for NULLs too, and never ahead of time.
    """

    arguments: int
    result: str
    call: Callable[..., pa.Array | pa.ChunkedArray]


class CalledFunction:
    """What DuckDB calls for a function. It keeps a call's exception: DuckDB passes on only the text."""

    def __init__(self, function: ArrowFunction) -> None:
        self._function = function
        self.failure: BaseException | None = None

    @property
    def wrapped(self) -> Callable[..., Any]:
        """The call as a function of as many parameters as it has arguments: DuckDB counts them."""
        if self._function.arguments == 1:
            return lambda first: self._answer(first)
        return lambda first, second: self._answer(first, second)

    def _answer(self, *arguments: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        try:
            return self._function.call(*arguments)
        except BaseException as problem:
            self.failure = problem
            raise
