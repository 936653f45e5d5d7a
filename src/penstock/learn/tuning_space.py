"""What a tuning searches: options whose value is HPARAM_RANGE or HPARAM_CANDIDATES, as a space of points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic
from penstock.core.options import (
    HPARAM_CANDIDATES,
    HPARAM_RANGE,
    GivenOption,
    OptionSpec,
    OptionValue,
    Tunable,
    checked_value,
    nearest_word,
)

Floats = NDArray[np.float64]
# What BigQuery ML reads a lower bound of 0 as, on a logarithmic scale.
LEAST_LOG = 1e-14
# What a range that excludes 0 begins with where nothing is said: below it a penalty changes nothing.
LEAST_BY_DEFAULT = 1e-5
# How far from a bound that the option itself excludes, as a share of the range.
_INSIDE = 1e-6
_SEARCHED = (HPARAM_RANGE, HPARAM_CANDIDATES)


@dataclass(frozen=True)
class Dimension:
    """One searched option. `values` are those to choose from, or empty for a range from `low` to `high`.

    `start` is the default, or what is nearest to it: where the search begins. `only` is as in `Tunable`.
    """

    name: str
    type: str
    start: OptionValue
    values: tuple[OptionValue, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    only: tuple[str, tuple[str, ...]] | None = None

    @property
    def choices(self) -> Sequence[OptionValue]:
        """Every value there is, or nothing for a range of numbers that are not whole."""
        if self.values or self.type != "integer":
            return self.values
        return range(int(self.low), int(self.high) + 1)

    def value(self, share: float) -> OptionValue:
        """Return the value at a share from 0 to 1 of the way."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.log:
            found = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            found = self.low + share * (self.high - self.low)
        found = min(max(found, self.low), self.high)
        return round(found) if self.type == "integer" else found

    def places(self, value: OptionValue) -> list[float]:
        """Return where a value lies, for distances: one number from 0 to 1, or one for each of several words."""
        if self.values and not all(_is_number(item) for item in self.values):
            return [float(item == value) / math.sqrt(2.0) for item in self.values]
        if not _is_number(value):
            return [0.5]
        low, high = (min(self.values), max(self.values)) if self.values else (self.low, self.high)  # type: ignore[type-var]
        assert isinstance(low, int | float) and isinstance(high, int | float) and isinstance(value, int | float)
        if self.log:
            low, high, value = (math.log(max(number, LEAST_LOG)) for number in (low, high, value))
        return [0.5 if high == low else (min(max(value, low), high) - low) / (high - low)]


Point = Mapping[str, OptionValue]


@dataclass(frozen=True)
class Space:
    """All searched options, in the order of the statement."""

    dimensions: tuple[Dimension, ...]

    @property
    def start(self) -> Point:
        return self.settled({found.name: found.start for found in self.dimensions})

    def settled(self, point: Point) -> Point:
        """Return the point without what means nothing beside its other values."""
        kept = {}
        for dimension in self.dimensions:
            other, wanted = dimension.only or ("", ())
            if other not in point or point[other] in wanted:
                kept[dimension.name] = point[dimension.name]
        return kept

    def drawn(self, random: np.random.Generator) -> Point:
        """Return a point at random, evenly over the space."""
        shares = random.random(len(self.dimensions))
        return self.settled(
            {found.name: found.value(float(share)) for found, share in zip(self.dimensions, shares, strict=True)}
        )

    def place(self, point: Point) -> Floats:
        """Return a point's coordinates, each from 0 to 1; what means nothing beside the others lies in the middle."""
        return np.array(
            [
                share
                for found in self.dimensions
                for share in (found.places(point[found.name]) if found.name in point else found.places(found.start))
            ]
        )

    @property
    def discrete(self) -> bool:
        """Whether every option has values that can be named one after another."""
        return all(found.choices for found in self.dimensions)

    def grid(self) -> Iterator[Point]:
        """Yield every point of a discrete space once, the start first; the last option changes fastest.

        A point is made when it is asked for: there may be more of them than memory holds.
        """
        start = self.start
        yield start
        for point in _combined(self.dimensions):
            kept = self.settled(point)
            # Points that differ only in what means nothing are one: the one with the first value of it.
            first = all(found.name in kept or point[found.name] == found.choices[0] for found in self.dimensions)
            if first and kept != start:
                yield kept


def _combined(dimensions: Sequence[Dimension]) -> Iterator[dict[str, OptionValue]]:
    if not dimensions:
        yield {}
        return
    for point in _combined(dimensions[:-1]):
        for value in dimensions[-1].choices:
            yield {**point, dimensions[-1].name: value}


def is_searched(value: OptionValue) -> bool:
    """Say whether a value is HPARAM_RANGE(…) or HPARAM_CANDIDATES([…])."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _SEARCHED


def read_space(
    given: Mapping[str, GivenOption], specs: Sequence[OptionSpec]
) -> tuple[Space, dict[str, GivenOption], list[Diagnostic]]:
    """Return what is searched, the other options as given, and everything wrong with the searched ones.

    When no option is searched by name, all are that have a range of their own and are not given, as in BigQuery ML.
    """
    by_name = {spec.name: spec for spec in specs}
    fixed = {name: option for name, option in given.items() if not is_searched(option.value)}
    found: list[Dimension] = []
    findings: list[Diagnostic] = []
    for name, option in given.items():
        if name in fixed:
            continue
        spec = by_name.get(name.lower())
        if spec is None or spec.tunable is None:
            can = ", ".join(spec.name for spec in specs if spec.tunable) or "none"
            message = f"Option {name} cannot be searched for."
            findings.append(Diagnostic("option", message, option.span, f"Options that can: {can}."))
            continue
        dimension, problem = _dimension(spec, spec.tunable, option.value)
        if dimension is None:
            hint = nearest_word(next(iter(option.value.values())), spec) if isinstance(option.value, Mapping) else None
            findings.append(Diagnostic("option", f"Option {spec.name}: {problem}.", option.span, hint))
        else:
            found.append(dimension)
    if not found and not findings:
        lower = {name.lower() for name in fixed}
        found = [_by_default(spec, spec.tunable) for spec in specs if _is_free(spec, lower) and spec.tunable]
        found = [dimension for dimension in found if _reachable(dimension, found, fixed, by_name)]
    findings += [
        _unreachable(dimension, given) for dimension in found if not _reachable(dimension, found, fixed, by_name)
    ]
    return Space(tuple(found)), fixed, findings


def _is_free(spec: OptionSpec, given: set[str]) -> bool:
    return spec.tunable is not None and spec.tunable.by_default and spec.name not in given


def _reachable(
    dimension: Dimension,
    found: Sequence[Dimension],
    fixed: Mapping[str, GivenOption],
    specs: Mapping[str, OptionSpec],
) -> bool:
    """Say whether some trial can heed a searched option: DROPOUT where a trial may be one of DART."""
    if dimension.only is None:
        return True
    other, wanted = dimension.only
    for searched in found:
        if searched.name == other:
            return any(value in wanted for value in searched.values)
    told = [option.value for name, option in fixed.items() if name.lower() == other]
    value = told[0] if told else specs[other].default
    return str(value).upper() in wanted


def _unreachable(dimension: Dimension, given: Mapping[str, GivenOption]) -> Diagnostic:
    assert dimension.only is not None
    other, wanted = dimension.only
    words = " or ".join(f"'{word}'" for word in wanted)
    message = f"Option {dimension.name} is searched for, but means nothing without {other} = {words}."
    hint = f"Give {other} = '{wanted[0]}', or name it among its HPARAM_CANDIDATES."
    span = next((option.span for name, option in given.items() if name.lower() == dimension.name), None)
    return Diagnostic("option", message, span, hint)


def _by_default(spec: OptionSpec, tunable: Tunable) -> Dimension:
    if tunable.of_words:
        return Dimension(spec.name, spec.type, spec.default, tunable.of_words, only=tunable.only)
    assert tunable.low is not None and tunable.high is not None
    low = LEAST_BY_DEFAULT if tunable.log and tunable.low == 0 else tunable.low
    dimension, problem = _range(spec, tunable, low, tunable.high)
    assert dimension is not None, problem
    # The search begins at the default itself, though a range that excludes 0 does not hold it.
    return dimension if spec.default is None else replace(dimension, start=spec.default)


def _dimension(spec: OptionSpec, tunable: Tunable, value: OptionValue) -> tuple[Dimension | None, str]:
    assert isinstance(value, Mapping)
    word, given = next(iter(value.items()))
    if word == HPARAM_CANDIDATES:
        return _candidates(spec, tunable, given)
    if spec.type not in ("integer", "number"):
        return None, "it is no number: name its values with HPARAM_CANDIDATES"
    return _range(spec, tunable, *given)


def _candidates(spec: OptionSpec, tunable: Tunable, given: Sequence[OptionValue]) -> tuple[Dimension | None, str]:
    values: list[OptionValue] = []
    for item in given:
        value, problem = checked_value(item, spec)
        if problem or not _reaches(value, tunable):
            return None, f"a candidate must be {problem or f'at most {tunable.highest:g}'}, not {item!r}"
        if value not in values:
            values.append(value)
    start = spec.default if spec.default in values else _nearest(spec.default, values)
    return Dimension(spec.name, spec.type, start, tuple(values), log=tunable.log, only=tunable.only), ""


def _range(spec: OptionSpec, tunable: Tunable, low: float, high: float) -> tuple[Dimension | None, str]:
    if tunable.log and low == 0:
        low = LEAST_LOG
    for inside in (0.0, _INSIDE):
        first = low + inside * (high - low) if checked_value(_typed(low, spec), spec)[1] else low
        last = high - inside * (high - low) if checked_value(_typed(high, spec), spec)[1] else high
        problem = checked_value(_typed(first, spec), spec)[1] or checked_value(_typed(last, spec), spec)[1]
        if not problem:
            break
    if spec.type == "integer" and not (float(low).is_integer() and float(high).is_integer()):
        return None, "the bounds of a range of whole numbers are whole numbers"
    if problem or not _reaches(last, tunable):
        return None, f"both bounds of a range must be {problem or f'at most {tunable.highest:g}'}"
    if low > high or (tunable.log and low <= 0):
        return None, "a range goes from a lower to a higher number, of a logarithmic scale from 0 or more"
    dimension = Dimension(spec.name, spec.type, None, (), first, last, tunable.log, tunable.only)
    start = tunable.start if spec.default is None else spec.default
    if _is_number(start):
        assert isinstance(start, int | float)
        inside_range = min(max(start, first), last)
        return replace(dimension, start=int(inside_range) if spec.type == "integer" else inside_range), ""
    return replace(dimension, start=dimension.value(0.5)), ""


def _typed(value: float, spec: OptionSpec) -> OptionValue:
    return int(value) if spec.type == "integer" and float(value).is_integer() else float(value)


def _reaches(value: OptionValue, tunable: Tunable) -> bool:
    return tunable.highest is None or not isinstance(value, int | float) or value <= tunable.highest


def _nearest(default: OptionValue, values: Sequence[OptionValue]) -> OptionValue:
    """Return the candidate nearest to a default that is none of them; of words the first."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not isinstance(default, int | float) or isinstance(default, bool) or len(numbers) < len(values):
        return values[0]
    wanted = default
    return min(numbers, key=lambda number: abs(number - wanted))


def _is_number(value: OptionValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
