"""The reference of the ML functions, written from their declarations."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from penstock.core.options import OptionSpec
from penstock.functions.absent import ABSENT
from penstock.functions.ai_functions import AI_FUNCTIONS
from penstock.functions.ai_value import AiFunction
from penstock.functions.function import FunctionSpec
from penstock.functions.preprocessing import PREPROCESSING
from penstock.functions.preprocessor import REQUIRED, Preprocessing
from penstock.functions.registry import functions
from penstock.learn.schema import Task

ABOUT_VALUES = (
    "These stand wherever a value can, in any query and in `TRANSFORM`. Those written with `OVER ()` learn from all "
    "rows that their SELECT reads. In `TRANSFORM` those are the rows of training, and what was learnt is kept with the "
    "model: a row is transformed alike whatever rows stand beside it."
)


ABOUT_AI = (
    "These ask a model for each row: a language model over a connection of `penstock.toml`, or the embedder on this "
    "machine. An argument is given by position or as `name => value`; a prompt may be put together, "
    "`('Is this true? ', text)`."
)


def reference_markdown() -> str:
    """Return a Markdown page on every installed function, and on those in the place of a value."""
    parts = [
        "# Functions",
        "An ML function stands wherever a table can: after FROM or JOIN, within a call, in a CREATE TABLE.",
        *(part for spec in functions().values() for part in _function(spec)),
        "# Functions in the place of a value",
        ABOUT_VALUES,
        *(part for function in PREPROCESSING.values() for part in _preprocessing(function)),
        "# AI functions in the place of a value",
        ABOUT_AI,
        *(part for function in AI_FUNCTIONS.values() for part in _asking(function)),
        "# Functions that are not here",
        "\n".join(f"- `{name}` {absent.reason}. {absent.instead}" for name, absent in ABSENT.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _function(spec: FunctionSpec) -> Iterable[str]:
    yield f"## {spec.name}"
    yield spec.summary
    yield f"```text\n{spec.signature}\n```"
    yield f"For {_models(spec)}." if spec.model else "It needs no model."
    if spec.argument is not None:
        yield spec.argument
    if spec.accepted:
        yield _options_table(spec.accepted)
    columns = [f"| `{column.name}` | {column.type} | {column.doc} |" for column in spec.columns]
    yield "\n".join(["| column | type | what it holds |", "|---|---|---|", *columns])
    if spec.passes_input:
        yield "The columns of the data follow."
    if spec.notes:
        yield "\n".join(f"- {note}" for note in spec.notes)
    yield f"```sql\n{spec.example}\n```"


def _asking(function: AiFunction) -> Iterable[str]:
    yield f"## {function.name}"
    yield function.summary
    yield f"```text\n{function.signature} → {function.result}\n```"
    yield _options_table(function.options, function.required)
    yield "\n".join(f"- {note}" for note in function.notes)
    yield f"```sql\n{function.example}\n```"


def _models(spec: FunctionSpec) -> str:
    if spec.families is not None:
        return spec.families
    return "classifiers" if spec.tasks == (Task.CLASSIFICATION,) else "every model type"


def _preprocessing(function: Preprocessing) -> Iterable[str]:
    words = [
        *function.arguments,
        *(item.name if item.default is REQUIRED else f"[{item.name}]" for item in function.parameters),
    ]
    over = " OVER ()" if function.learns else ""
    yield f"## {function.name}"
    yield function.summary
    yield f"```text\n{function.name}({', '.join(words)}){over}\n```"
    if function.parameters:
        yield _options_table(
            function.parameters, [item.name for item in function.parameters if item.default is REQUIRED]
        )


def _options_table(options: Iterable[OptionSpec], required: Collection[str] = ()) -> str:
    rows = [
        f"| `{option.name}` | {option.requirement()} | {_default(option, required)} | {option.doc} |"
        for option in options
    ]
    return "\n".join(["| option | value | default | meaning |", "|---|---|---|---|", *rows])


def _default(option: OptionSpec, required: Collection[str]) -> str:
    """Return the default in words; of an option without one, its meaning says what holds while it is not given."""
    if option.name in required:
        return "must be given"
    return "none" if option.default is None else f"`{option.default!r}`"
