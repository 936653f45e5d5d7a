"""Declared options: what an `OPTIONS (…)` list may hold, checked in one place, documented from the same declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import did_you_mean, nearest_name
from penstock.core.spans import Span

# A literal, a list of values, or a dict for a struct; `object` so that each reader checks what it takes.
OptionValue = object
ValueType = OneOf["string", "integer", "number", "boolean", "string list", "integer list", "struct list", "any"]


# A value to be searched for is a dict of one of these words: the two bounds, or the values to choose from.
HPARAM_RANGE, HPARAM_CANDIDATES = "hparam_range", "hparam_candidates"


@dataclass(frozen=True)
class GivenOption:
    """One `key = value` as it stands in the text, with the place of its key."""

    value: OptionValue
    span: Span | None = None


@dataclass(frozen=True)
class Tunable:
    """How a tuning searches an option, after BigQuery ML's table of hyperparameters.

    `low` and `high` bound what is searched when nothing is said; None where that is only what HPARAM_RANGE or
    HPARAM_CANDIDATES name. With `log` steps are even in the logarithm. `highest` bounds a given range where the option
    itself goes further. `only` is the option, and the values of it, without which this one means nothing: in a trial
    with another value it is left out. `of_words` are the words searched when nothing is said, of an option of words.
    `start` is where a search begins when the option has no default of its own.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    highest: float | None = None
    only: tuple[str, tuple[str, ...]] | None = None
    start: OptionValue = None
    of_words: tuple[str, ...] = ()

    @property
    def by_default(self) -> bool:
        """Whether a tuning that names no option at all searches this one."""
        return self.low is not None or bool(self.of_words)


@dataclass(frozen=True)
class OptionSpec:
    """The declaration of an option. `name` is lower case; keys match without regard to case.

    `choices` holds the allowed words (upper or lower case is the same; the declared spelling is what is handed on).
    `minimum` and `maximum` bound numbers, inclusively unless `exclusive`. `check` returns what is wrong, or None;
    `words` are those that may stand within a value that it looks at. With `names_column` the value is a column of the
    training data that is then no feature. `tunable` is given when the option can be searched by a tuning of
    num_trials. `recorded` says, of an option that changes nothing of the model, what becomes of it.
    """

    name: str
    type: ValueType
    default: OptionValue
    doc: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    exclusive: bool = False
    check: Callable[[OptionValue], str | None] | None = None
    names_column: bool = False
    tunable: Tunable | None = None
    recorded: str = ""
    words: tuple[str, ...] = ()

    def requirement(self) -> str:
        """Return in words what the value must be."""
        if self.choices:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        between = "strictly between" if self.exclusive else "between"
        what = f"an {self.type}" if self.type.startswith("integer") else f"a {self.type}"
        if self.minimum is not None and self.maximum is not None:
            return f"{what} {between} {self.minimum:g} and {self.maximum:g}"
        if self.minimum is not None:
            return f"{what} {'greater than' if self.exclusive else 'of at least'} {self.minimum:g}"
        if self.maximum is not None:
            return f"{what} {'less than' if self.exclusive else 'of at most'} {self.maximum:g}"
        return what if self.type != "any" else "a value"


def number_of(options: Mapping[str, OptionValue], name: str) -> float:
    """Return the value of an option that is declared as a number, and has one."""
    value = options[name]
    assert isinstance(value, int | float)
    return float(value)


def read_options(
    given: Mapping[str, GivenOption], specs: Sequence[OptionSpec], owner: str, span: Span | None = None
) -> tuple[dict[str, OptionValue], list[Diagnostic]]:
    """Return every declared option's value (given or default) and all findings about the given ones.

    `owner` names what the options belong to, for the messages: "model type linear_reg", "table".
    """
    by_name = {spec.name: spec for spec in specs}
    values: dict[str, OptionValue] = {spec.name: spec.default for spec in specs}
    findings: list[Diagnostic] = []
    for key, option in given.items():
        spec = by_name.get(key.lower())
        where = option.span or span
        if spec is None:
            message = f"There is no option {key!r} for {owner}."
            findings.append(Diagnostic("option", message, where, did_you_mean(key, by_name)))
            continue
        value, problem = checked_value(option.value, spec)
        if problem:
            message = f"Option {spec.name} of {owner} must be {problem}, not {option.value!r}."
            findings.append(Diagnostic("option", message, where, nearest_word(option.value, spec)))
        else:
            values[spec.name] = value
    return values, findings


def nearest_word(value: OptionValue, spec: OptionSpec) -> str | None:
    """Return the hint for the first word of a value, or within it, that is nearly one of the option's words."""
    known = spec.choices or spec.words
    if isinstance(value, list | tuple):
        return next((hint for item in value if (hint := nearest_word(item, spec))), None)
    if not isinstance(value, str) or value.casefold() in {word.casefold() for word in known}:
        return None
    nearest = nearest_name(value, known)
    return f"Did you mean {nearest!r}?" if nearest else None


def checked_value(value: OptionValue, spec: OptionSpec) -> tuple[OptionValue, str | None]:
    """Return the value in its declared form and None, or the value and what it must be."""
    value = _coerced(value, spec.type)
    if spec.choices and isinstance(value, str):
        value = {choice.lower(): choice for choice in spec.choices}.get(value.lower(), value)
        if value not in spec.choices:
            return value, spec.requirement()
    if not _has_type(value, spec.type):
        return value, spec.requirement()
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(value, spec):
        return value, spec.requirement()
    return value, spec.check(value) if spec.check else None


def _coerced(value: OptionValue, expected: ValueType) -> OptionValue:
    if expected == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if expected == "string list" and isinstance(value, str):
        return [value]
    return value


def _within(value: float, spec: OptionSpec) -> bool:
    if spec.minimum is not None and (value < spec.minimum or (spec.exclusive and value == spec.minimum)):
        return False
    return not (spec.maximum is not None and (value > spec.maximum or (spec.exclusive and value == spec.maximum)))


def _has_type(value: OptionValue, expected: ValueType) -> bool:
    if expected == "any":
        return True
    if expected.endswith(" list"):
        return isinstance(value, list) and all(_has_type(item, _item_type(expected)) for item in value)
    match expected:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, float)
        case _:
            return isinstance(value, bool)


def _item_type(expected: ValueType) -> ValueType:
    items: dict[ValueType, ValueType] = {"string list": "string", "integer list": "integer"}
    return items.get(expected, "any")
