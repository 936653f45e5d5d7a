"""What every detector must do. A package that registers one runs these as its tests.

@pytest.mark.parametrize("check", detector_checks(MyDetector()), ids=str)
def test_detector(check):
    check()
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from penstock.drift.detector import Detector, SummaryKind
from penstock.drift.summary import ColumnSummary, NumericSummary, summarise, summarise_against

ROWS = 4_000


@dataclass(frozen=True)
class DetectorCheck:
    """One demand; calling it raises AssertionError when the detector does not meet it."""

    name: str
    demand: Callable[[Detector], None]
    detector: Detector

    def __call__(self) -> None:
        self.demand(self.detector)

    def __str__(self) -> str:
        return f"{self.detector.name}: {self.name}"


def detector_checks(detector: Detector) -> tuple[DetectorCheck, ...]:
    """Return the checks for one detector, in the order of what is worth knowing first."""
    return tuple(DetectorCheck(name, demand, detector) for name, demand in _DEMANDS.items())


def _is_described(detector: Detector) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", detector.name), "The name is a word of lower-case letters."
    assert len(detector.doc) > 20, "The documentation says the formula and the source."
    assert detector.applies_to, "The detector compares numbers or categories."
    assert detector.applies_to <= {"numeric", "category"}, "There are no other kinds of summary."


def _sees_no_distance_from_itself(detector: Detector) -> None:
    for reference in _references(detector):
        distance = detector.distance(reference, reference)
        assert distance is not None, "A column has a distance from itself."
        assert abs(distance) < 1e-9, f"A column is {distance} away from itself."


def _is_finite_and_not_negative(detector: Detector) -> None:
    for column, reference in _columns(detector):
        for shift in (0.0, 0.5, 5.0, 1e6):
            distance = detector.distance(reference, summarise_against(column(shift), reference))
            assert distance is not None, "A window with values has a distance."
            assert math.isfinite(distance), f"The distance is {distance}."
            assert distance >= 0, f"The distance is {distance}."


def _grows_under_a_growing_shift(detector: Detector) -> None:
    for column, reference in _columns(detector):
        windows = [summarise_against(column(shift), reference) for shift in (0.0, 0.5, 1.0, 2.0)]
        distances = [detector.distance(reference, window) or 0.0 for window in windows]
        assert distances == sorted(distances), f"The distances {distances} do not grow with the shift."
        assert distances[-1] > distances[0], "The distance does not see a shift."


def _is_symmetric_if_it_says_so(detector: Detector) -> None:
    for column, reference in _columns(detector):
        window = summarise_against(column(0.7), reference)
        there, back = detector.distance(reference, window), detector.distance(window, reference)
        assert there is not None, "A window with values has a distance."
        assert back is not None, "A window with values has a distance."
        if detector.symmetric:
            assert math.isclose(there, back, rel_tol=1e-9), f"{there} one way, {back} the other."


def _says_nothing_about_an_empty_side(detector: Detector) -> None:
    for column, reference in _columns(detector):
        full = column(0.0)
        for nothing in (full.slice(0, 0), pa.nulls(10, full.type)):
            empty = summarise_against(nothing, reference)
            assert detector.distance(reference, empty) is None, "An empty window has no distance."
            assert detector.distance(empty, reference) is None, "An empty reference has no distance."


def _says_nothing_about_a_kind_it_does_not_compare(detector: Detector) -> None:
    for kind in {"numeric", "category"} - detector.applies_to:
        reference = summarise(_shifted_numbers(0.0) if kind == "numeric" else _shifted_words(0.0))
        assert detector.distance(reference, reference) is None, f"It does not say that it compares {kind}."


def _bears_nan_and_infinities(detector: Detector) -> None:
    if "numeric" not in detector.applies_to:
        return
    values = pa.array([1.0, 2.0, math.nan, math.inf, -math.inf, None, 3.0])
    reference = summarise(values)
    distance = detector.distance(reference, summarise_against(pa.array([math.nan, 2.0, math.inf]), reference))
    assert distance is not None, "One finite value is enough."
    assert math.isfinite(distance), f"The distance is {distance}."


def _bears_a_constant_reference(detector: Detector) -> None:
    for kind, steady, other in (
        ("numeric", pa.array([5.0] * 9), pa.array([7.0] * 9)),
        ("category", pa.array(["가"] * 9), pa.array(["나"] * 9)),
    ):
        if kind not in detector.applies_to:
            continue
        reference = summarise(steady)
        same = detector.distance(reference, summarise_against(steady, reference))
        moved = detector.distance(reference, summarise_against(other, reference))
        assert same is not None, "A window with values has a distance."
        assert moved is not None, "A window with values has a distance."
        assert moved > same + 0.01, "A constant that changes has moved."


def _shifted_numbers(shift: float) -> pa.Array:
    """Return normal numbers moved by `shift` standard deviations."""
    return pa.array(np.random.default_rng(7).normal(size=ROWS) + shift)


def _shifted_words(shift: float) -> pa.Array:
    """Return words; with a growing shift more of them are the last one, which the reference hardly holds."""
    draws = np.random.default_rng(7).uniform(size=ROWS)
    moved = np.random.default_rng(8).uniform(size=ROWS) < 1 - math.exp(-shift)
    codes = np.where(moved, 3, np.searchsorted([0.6, 0.9, 0.99], draws))
    return pa.array(np.array(["서울", "부산", "대구", "제주"])[codes])


def _columns(detector: Detector) -> list[tuple[Callable[[float], pa.Array], ColumnSummary]]:
    by_kind: dict[SummaryKind, Callable[[float], pa.Array]] = {
        "numeric": _shifted_numbers,
        "category": _shifted_words,
    }
    compared = [column for kind, column in by_kind.items() if kind in detector.applies_to]
    return [(column, summarise(column(0.0))) for column in compared]


def _references(detector: Detector) -> list[ColumnSummary]:
    few = [pa.array([1.0]), pa.array([0, 0, 0, 1]), pa.array([True, False, None]), pa.array(["x"])]
    found = [reference for _, reference in _columns(detector)]
    for column in few:
        reference = summarise(column)
        if ("numeric" if isinstance(reference, NumericSummary) else "category") in detector.applies_to:
            found.append(reference)
    return found


_DEMANDS: dict[str, Callable[[Detector], None]] = {
    "is described": _is_described,
    "sees no distance from itself": _sees_no_distance_from_itself,
    "is finite and not negative": _is_finite_and_not_negative,
    "grows under a growing shift": _grows_under_a_growing_shift,
    "is symmetric if it says so": _is_symmetric_if_it_says_so,
    "says nothing about an empty side": _says_nothing_about_an_empty_side,
    "says nothing about a kind it does not compare": _says_nothing_about_a_kind_it_does_not_compare,
    "bears NaN and infinities": _bears_nan_and_infinities,
    "bears a constant reference": _bears_a_constant_reference,
}
