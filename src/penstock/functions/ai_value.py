"""AI functions in the place of a value: AI.GENERATE, AI.IF, AI.CLASSIFY, AI.EMBED and their like.

A call becomes a function of DuckDB's that is asked a batch of rows at a time. What was asked once in a query is not
asked again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption, UserError
from penstock.core.options import GivenOption, OptionSpec, OptionValue, read_options
from penstock.core.spans import Span
from penstock.functions.absent import refuse_absent_argument
from penstock.lake.arrow_function import ArrowFunction
from penstock.remote.services import Services
from penstock.sql.rewrite import ValueCall

Json = Any
# What came of different questions, each a tuple of the inputs: a value and, when there is none, the reason.
Known = dict[tuple[str, ...], tuple[Json, str]]
# Asks some different questions.
Answers = Callable[[Sequence[tuple[str, ...]]], list[tuple[Json, str]]]


@dataclass(frozen=True)
class AiUse:
    """A call of an AI function with its options checked."""

    name: str
    options: Mapping[str, OptionValue]
    given: frozenset[str]
    services: Services
    span: Span


@dataclass(frozen=True)
class AiResult:
    """What a call gives: `duckdb` names its type as the query sees it, `arrow` as it is handed over.

    `answers` answers the questions. With `tells`, a value is a struct that holds its own status, for rows without a
    question too; else a question without an answer is NULL.
    """

    duckdb: str
    arrow: pa.DataType
    answers: Answers
    tells: bool = False


@dataclass(frozen=True)
class AiFunction:
    """The declaration of an AI function: `inputs` are asked row by row, `options` are constants.

    `required` are the options that must be given; `positions` names the arguments that may stand without a name, in
    their order. With `aggregate` the function is of a group of rows: of SQL for a row's input, and whether each
    different one counts once, it makes SQL for the group's one question.
    """

    name: str
    summary: str
    inputs: tuple[str, ...]
    options: tuple[OptionSpec, ...]
    result: str
    bind: Callable[[AiUse], AiResult]
    example: str
    notes: tuple[str, ...] = field(default=())
    required: tuple[str, ...] = ()
    aggregate: Callable[[str, bool], str] | None = None

    @property
    def positions(self) -> tuple[str, ...]:
        """Inputs, then options, as they may be given by position."""
        return (*self.inputs, *(option.name for option in self.options))

    @property
    def signature(self) -> str:
        """The call as it is written, what may be left out in brackets."""
        needed = [*self.inputs, *(f"{name} => …" for name in self.required)]
        more = "".join(f" [, {option.name} => …]" for option in self.options if option.name not in self.required)
        return f"{self.name}({', '.join(needed)}{more})"


def bound(function: AiFunction, call: ValueCall, services: Services) -> tuple[list[str], AiResult]:
    """Return the SQL of the inputs of a call and what it gives; raises InvalidOption for arguments that do not fit."""
    inputs: dict[str, str] = {}
    options: dict[str, GivenOption] = {}
    for place, argument in enumerate(call.given):
        if argument.name is None and place >= len(function.positions):
            raise _misuse(function, call.span, f"takes at most {len(function.positions)} arguments")
        name = argument.name or function.positions[place]
        refuse_absent_argument(function.name, name, call.span)
        if name in inputs or name in options:
            raise _misuse(function, call.span, f"is given {name} twice")
        if argument.distinct and (function.aggregate is None or name not in function.inputs):
            raise _misuse(function, call.span, "takes no DISTINCT")
        if name in function.inputs:
            inputs[name] = function.aggregate(argument.sql, argument.distinct) if function.aggregate else argument.sql
        elif argument.constant is None:
            raise _misuse(function, call.span, f"needs a constant for {name}")
        else:
            options[name] = GivenOption(argument.constant[0], call.span)
    missing = [name for name in (*function.inputs, *function.required) if name not in inputs and name not in options]
    if missing:
        raise _misuse(function, call.span, f"needs {' and '.join(missing)}")
    told = {name: option for name, option in options.items() if option.value is not None}
    values, findings = read_options(told, function.options, function.name, call.span)
    if findings:
        raise InvalidOption(*findings)
    use = AiUse(function.name, values, frozenset(told), services, call.span)
    try:
        return [inputs[name] for name in function.inputs], function.bind(use)
    except UserError as problem:
        raise problem.at(call.span) from problem


def _misuse(function: AiFunction, span: Span, what: str) -> InvalidOption:
    return InvalidOption.of(f"{function.name} {what}.", span=span, hint=f"Write {function.signature}.")


def answered_once(
    name: str, inputs: int, result: AiResult, max_error_ratio: float = 1.0, answered_so_far: Known | None = None
) -> ArrowFunction:
    """Return the function of a call of `name`: each different question is asked once, those of a batch together.

    What came of them is kept in `answered_so_far`, for a caller who wants to know.
    """
    known: Known = {} if answered_so_far is None else answered_so_far
    lock = threading.Lock()

    def answered(*columns: pa.ChunkedArray) -> pa.Array:
        rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
        asked = [row for row in dict.fromkeys(rows) if None not in row]
        with lock:
            new = [row for row in asked if row not in known]
            known.update(zip(new, result.answers(new), strict=True) if new else ())
            _refuse_failures(name, known, max_error_ratio)
            values = {row: known[row][0] for row in asked}
        nothing = {"status": "The input is NULL."} if result.tells else None
        return pa.array([values.get(row, nothing) for row in rows], result.arrow)

    return ArrowFunction(inputs, result.duckdb, answered)


def failures_of(known: Known) -> list[str]:
    """Return the reason of each question without an answer."""
    return [status for _, status in known.values() if status]


def _refuse_failures(name: str, known: Known, most: float) -> None:
    failures = failures_of(known)
    if failures and len(failures) > most * len(known):
        share = len(failures) / len(known)
        message = f"{name} had no answer to {len(failures):,} of {len(known):,} questions ({share:.0%}): {failures[0]}"
        raise BadData.of(message, hint="max_error_ratio says how many may fail.")
