"""What an ML function is: its signature, what it gives back, and the call that its implementation gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from penstock.core.errors import InternalError
from penstock.core.options import OptionSpec, OptionValue
from penstock.core.spans import Span
from penstock.lake.arrow_function import ArrowFunction
from penstock.lake.database import ArrowRows
from penstock.lake.vector_index import TableIndexes
from penstock.learn.artifact import LoadedModel
from penstock.learn.schema import Task
from penstock.remote.services import Services

InputNeed = Literal["none", "optional", "required"]
# What a function gives of a model that was tuned: see FunctionSpec.
Trials = Literal["optimal", "one", "each", "none"]
TRIAL_ID = OptionSpec(
    "trial_id",
    "integer",
    None,
    "Of a tuned model, the trial that is asked; by default the optimal one. The result begins with its number.",
    minimum=1,
)


@dataclass(frozen=True)
class OutputColumn:
    """A documented column of a function's result; `<label>` in a name stands for the model's label column."""

    name: str
    type: str
    doc: str


_TRIAL = OutputColumn(TRIAL_ID.name, "INT64", "Of a tuned model only: the number of the trial.")


@dataclass(frozen=True)
class InputRows:
    """The data argument of a call: its SQL, and its columns as they are known before it runs.

    `written` is the SQL before its rows were set aside, None where only the query's own connection knows what it means.
    `computed` are columns that the data did not bring: related features of the model.
    """

    sql: str
    schema: pa.Schema
    written: str | None = None
    computed: tuple[str, ...] = ()

    @property
    def given(self) -> list[str]:
        """The names of the data's own columns."""
        return [name for name in self.schema.names if name not in self.computed]


@dataclass(frozen=True)
class RowStream:
    """Rows on their way, to be read once; `interrupt` makes a read that is under way in another thread fail."""

    batches: Iterator[pa.RecordBatch]
    interrupt: Callable[[], None]


@dataclass(frozen=True)
class Environment:
    """What a function may use beside its arguments.

    `stream` gives the rows of a SQL text over a call's data, read on a connection of their own; `query`
    gives them lazily, with their columns. `notice` tells the user something that stops nothing. `threads`
    is how many a scorer may use. `services` are the models that answer from elsewhere; `function` makes a function
    callable in SQL and gives its name. `add` makes rows readable and gives what stands for them after FROM; `indexes`
    has the vector indexes of tables.
    """

    query: Callable[[str], ArrowRows]
    stream: Callable[[str], RowStream]
    notice: Callable[[str], None]
    threads: int
    services: Services
    function: Callable[[ArrowFunction], str]
    add: Callable[[ArrowRows], str]
    indexes: TableIndexes


@dataclass(frozen=True)
class Call:
    """One call of a function, checked against its declaration.

    `options` holds every declared option, `given` the names of those that stand in the text. `arguments`
    are the literal arguments outside the options. `second` is the data after the first.
    """

    name: str
    model: LoadedModel | None
    model_name: str
    options: Mapping[str, OptionValue]
    given: frozenset[str]
    arguments: tuple[OptionValue, ...]
    input: InputRows | None
    span: Span | None
    environment: Environment
    second: InputRows | None = None

    @property
    def fitted(self) -> LoadedModel:
        """The model of a function that is declared to need one."""
        if self.model is None:
            raise InternalError(f"{self.name} was called without the model that its declaration asks for.")
        return self.model

    @property
    def rows(self) -> InputRows:
        """The data of a function that is declared to need it."""
        if self.input is None:
            raise InternalError(f"{self.name} was called without the data that its declaration asks for.")
        return self.input

    @property
    def second_rows(self) -> InputRows:
        """The second data of a function that is declared to need it."""
        if self.second is None:
            raise InternalError(f"{self.name} was called without the second data that its declaration asks for.")
        return self.second


@dataclass(frozen=True)
class FunctionSpec:
    """The declaration of a table function.

    `tasks` says which models it works on. `detail` is the key that a model's details must hold for it, and
    `families` says in words which model types have it. `argument` documents the literal arguments that it
    takes beside its options, if any, and `argument_names` names them. With `passes_input` every column of the data
    follows the documented output. With `ignores_model` a function without a model may be given one all the same.
    With `as_written` the model's related features are not computed for its data.
    `named` tells a function whose options are written `name => value`; either way of writing them is read.
    `sample` is what its checks call it with: text over a table `rows`.
    `trials` says what it gives of a tuned model: what the `optimal` trial gives, as if there were no others; what `one`
    gives that an option names, with the trial's number in front; the same, but of `each` one where there is no data;
    or nothing (`none`).
    """

    name: str
    summary: str
    run: Callable[[Call], ArrowRows]
    output: tuple[OutputColumn, ...]
    example: str
    input: InputNeed = "none"
    model: bool = True
    options: tuple[OptionSpec, ...] = ()
    argument: str | None = None
    argument_names: tuple[str, ...] = ("thresholds",)
    second_input: InputNeed = "none"
    named: bool = False
    sample: str | None = None
    tasks: tuple[Task, ...] = (Task.REGRESSION, Task.CLASSIFICATION)
    detail: str | None = None
    families: str | None = None
    passes_input: bool = False
    ignores_model: bool = False
    as_written: bool = False
    trials: Trials = "optimal"
    notes: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """Every documented column of the result, in its order."""
        return (_TRIAL, *self.output) if self.trials in ("one", "each") else self.output

    @property
    def accepted(self) -> tuple[OptionSpec, ...]:
        """Every option of a call: its own, and which trial of a tuned model is asked."""
        return (*self.options, TRIAL_ID) if self.trials in ("one", "each") else self.options

    @property
    def signature(self) -> str:
        """The call as it is written, what may be left out in brackets."""
        needed = ["MODEL m"] if self.model else []
        optional: list[str] = []
        for need, data in ((self.input, "{TABLE t | (query)}"), (self.second_input, "{TABLE u | (query)}")):
            if need != "none":
                (needed if need == "required" else optional).append(data)
        if self.ignores_model:
            optional.append("MODEL m")
        if self.argument is not None:
            optional += self.argument_names
        if self.accepted and self.named:
            optional += [f"{option.name} => …" for option in self.accepted]
        elif self.accepted:
            optional.append(f"STRUCT({', '.join(f'… AS {option.name}' for option in self.accepted)})")
        return f"{self.name}({', '.join(needed)}{''.join(f' [, {part}]' for part in optional)})"


def fixed_rows(table: pa.Table) -> ArrowRows:
    """Return the rows of a table that is held already."""
    return ArrowRows(table.schema, lambda: iter(table.to_batches()))
