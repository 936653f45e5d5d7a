"""A function in the place of a value as one text uses it: looked up, its constants by name, its argument checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.options import GivenOption, OptionSpec, OptionValue, read_options
from penstock.core.spans import Span
from penstock.functions.ai_functions import AI_FUNCTIONS
from penstock.functions.preprocessing import PREPROCESSING
from penstock.functions.preprocessor import REQUIRED, Argument, Preprocessing, Reads
from penstock.learn.feature_column import feature_type
from penstock.learn.schema import FeatureType


@dataclass(frozen=True)
class PreprocessingUse:
    """A function, the SQL of what it is applied to, its constants by name, and the SQL of further arguments."""

    function: Preprocessing
    argument: str
    parameters: Mapping[str, OptionValue]
    span: Span
    others: tuple[str, ...] = ()

    def frozen(self, kind: pa.DataType, values: pa.ChunkedArray | None = None) -> str:
        """Return the SQL that stands for the call; `values` are the argument's over the rows to learn from.

        Raises InvalidOption for an argument that the function does not take.
        """
        self.check(kind)
        learnt = (
            values if values is None or self.function.reads == "statistics" else _values(self.function.reads, values)
        )
        try:
            return self.function.freeze(Argument(self.argument, kind, learnt, self.others), self.parameters)
        except InvalidOption as problem:
            raise problem.at(self.span) from problem

    def check(self, kind: pa.DataType) -> None:
        """Raise InvalidOption for an argument of a type that the function does not take."""
        if not pa.types.is_null(kind) and not _TAKES[self.function.reads](kind):
            raise InvalidOption.of(
                f"{self.function.name} takes a {self.function.reads}; {self.argument} is {kind}.",
                span=self.span,
                hint="CAST it, or leave the function out.",
            )


def read_use(
    name: str,
    arguments: Sequence[str],
    literals: Sequence[OptionValue],
    span: Span,
    *,
    over: bool,
    named: Mapping[str, OptionValue] | None = None,
) -> PreprocessingUse:
    """Return the use of a function.

    Raises UnknownName, or InvalidOption for constants, arguments or an OVER () that the function does not take.
    """
    function = PREPROCESSING.get(name)
    if function is None and name in AI_FUNCTIONS:
        message = f"{name} asks a model for each row, which a TRANSFORM that is kept with a model cannot."
        hint = "Put it into the training query, and into the data of ML.PREDICT."
        raise InvalidOption.of(message, span=span, hint=hint)
    if function is None:
        raise UnknownName.among("function", name, PREPROCESSING, span=span)
    if function.learns != over:
        words = "is written with OVER ()" if function.learns else "takes no OVER ()"
        raise InvalidOption.of(f"{function.name} {words}.", span=span)
    most = len(function.arguments)
    if len(arguments) != most:
        words = "one column or expression" if most == 1 else f"{most} columns or expressions"
        raise InvalidOption.of(f"{function.name} takes {words}, not {len(arguments)}.", span=span)
    first, *others = arguments
    return PreprocessingUse(function, first, _parameters(function, literals, named or {}, span), span, tuple(others))


def _parameters(
    function: Preprocessing, literals: Sequence[OptionValue], named: Mapping[str, OptionValue], span: Span
) -> dict[str, OptionValue]:
    """Return the constants by parameter name; a string passes over parameters that take none."""
    waiting = list(function.parameters)
    given: dict[str, GivenOption] = {}
    for literal in literals:
        parameter = _parameter_for(literal, waiting)
        if parameter is None:
            raise InvalidOption.of(f"{function.name} has no place for {literal!r}.", span=span)
        given[parameter.name] = GivenOption(literal, span)
    for name in named:
        if name in given:
            raise InvalidOption.of(f"{function.name} has {name} twice.", span=span)
        given[name] = GivenOption(named[name], span)
    values, findings = read_options(given, function.parameters, function.name, span)
    if findings:
        raise InvalidOption(*findings)
    for parameter in function.parameters:
        if values[parameter.name] is REQUIRED:
            message = f"{function.name} needs {parameter.name}, {parameter.requirement()}."
            raise InvalidOption.of(message, span=span)
    return values


def _parameter_for(literal: OptionValue, waiting: list[OptionSpec]) -> OptionSpec | None:
    """Take the next parameter off the list that a constant can be meant for."""
    while waiting:
        parameter = waiting.pop(0)
        passes = isinstance(literal, str) and parameter.type not in ("string", "any")
        skipped = passes and parameter.default is not REQUIRED
        if not skipped:
            return parameter
    return None


def _is(*wanted: FeatureType) -> Callable[[pa.DataType], bool]:
    return lambda kind: feature_type(kind) in wanted


def _is_vector(kind: pa.DataType) -> bool:
    """Say whether a type is a list of numbers, or of pairs of a text or whole number and a number."""
    if feature_type(kind) is FeatureType.NUMBER_LIST:
        return True
    if not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type) and kind.value_type.num_fields == 2):
        return False
    key, value = (field.type for field in kind.value_type)
    keyed = pa.types.is_integer(key) or feature_type(key) is FeatureType.STRING
    return keyed and feature_type(value) is FeatureType.NUMBER


def _is_struct(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and not any(pa.types.is_nested(field.type) for field in kind)


def _is_image(kind: pa.DataType) -> bool:
    """Say whether a type is a struct of two lists of numbers: the dimensions and the pixels of an image."""
    if not pa.types.is_struct(kind) or kind.num_fields != 2:
        return False
    return all(feature_type(field.type) is FeatureType.NUMBER_LIST for field in kind)


_TAKES: Mapping[Reads, Callable[[pa.DataType], bool]] = {
    "number": _is(FeatureType.NUMBER),
    "text": _is(FeatureType.STRING),
    "number or text": _is(FeatureType.NUMBER, FeatureType.STRING),
    "list of numbers": _is(FeatureType.NUMBER_LIST),
    "list of texts": _is(FeatureType.STRING_LIST),
    "struct of numbers": lambda kind: (
        pa.types.is_struct(kind) and all(feature_type(field.type) is FeatureType.NUMBER for field in kind)
    ),
    "struct": _is_struct,
    "vector": _is_vector,
    "image": _is_image,
    "bytes": lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
    # No column is one: they are read before the query runs.
    "statistics": lambda _: False,
}


def _values(reads: Reads, column: pa.ChunkedArray) -> pa.Array:
    """Return values as a function learns from them: texts, or numbers as float64."""
    values = column.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if reads == "list of texts":
        return pa.nulls(len(values), pa.list_(pa.string())) if pa.types.is_null(values.type) else values
    is_text = feature_type(values.type) is FeatureType.STRING or reads == "text"
    return pc.cast(values, pa.string() if is_text else pa.float64(), safe=False)
