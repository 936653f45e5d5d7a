"""The page of the measures: what the predicates of monitors and goals may ask for."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.cli.reference.markdown import page, table
from penstock.drift.registry import detectors
from penstock.engine.measure import METRICS, Measure, measures

ABOUT = """
A predicate after `BREACH WHEN` or `ACCEPT WHEN` is SQL over one row; these are its columns. What cannot be measured is
NULL.
"""
ABOUT_DETECTORS = """
A detector compares the values of one column in the window with those in the reference. Each gives three measures: the
greatest over the columns, the mean over the columns, and, of endpoints, that of the predictions. A package may add
detectors through the entry point `penstock.detectors`.
"""
ABOUT_METRICS = """
A monitor of an endpoint has them once outcomes have been fed back, each with its `baseline_…`, what the version reached
when it was trained. A goal has them as they are, and as `champion.…` and `candidate.…`.
"""


def measure_page() -> str:
    """Return the page."""
    known = measures()
    compared = [name for detector in detectors() for name in _names(detector)]
    judged = [name for metrics in METRICS.values() for metric in metrics for name in (metric, f"baseline_{metric}")]
    plain = [measure for name, measure in known.items() if name not in {*compared, *judged}]
    return page(
        "# Measures",
        ABOUT,
        "## Of the window",
        table(("measure", "of", "meaning"), [(f"`{m.name}`", _watched(m), m.doc) for m in plain]),
        "## Of drift",
        ABOUT_DETECTORS,
        table(("measures", "meaning"), [(_listed(name), found.doc) for name, found in detectors().items()]),
        "## Of right and wrong",
        ABOUT_METRICS,
        *(part for task, metrics in METRICS.items() for part in (f"### {task.capitalize()}", _metrics(metrics))),
    )


def _names(detector: str) -> tuple[str, ...]:
    return (f"max_{detector}", f"mean_{detector}", f"prediction_{detector}")


def _listed(detector: str) -> str:
    return ", ".join(f"`{name}`" for name in _names(detector))


def _metrics(metrics: Mapping[str, str]) -> str:
    return table(("measure", "meaning"), [(f"`{name}`", doc) for name, doc in metrics.items()])


def _watched(measure: Measure) -> str:
    return ", ".join(sorted(f"{kind}s" for kind in measure.watched))
