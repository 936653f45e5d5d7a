"""How experiments show themselves: a row each, all that one says, and its facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from penstock.catalog.objects import ObjectState, get_object, list_objects
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine import wording
from penstock.engine.deployed import deployed_spec, deployed_specs
from penstock.engine.experiment import Comparison, Report, evaluate_experiment, word_of
from penstock.engine.predicate import number
from penstock.engine.result import Result, of_records
from penstock.engine.session import Session
from penstock.experiment.sample_ratio import SUSPECT
from penstock.project.duration import duration_text
from penstock.project.experiment import ExperimentSpec, Measure

TEXT, COUNT, NUMBER, MOMENT = pa.string(), pa.int64(), pa.float64(), pa.timestamp("us", "UTC")
_FIGURES = [("value", NUMBER), ("effect", NUMBER), ("low", NUMBER), ("high", NUMBER), ("verdict", TEXT)]
_COLUMNS = [("part", TEXT), ("measure", TEXT), ("variant", TEXT), ("version", COUNT), ("rows", COUNT)]
_Row = tuple[Any, ...]


def experiments(session: Session) -> Result:
    """Return the experiments and how each stands now; effect and interval are those of the first other version."""
    rows = []
    for state, spec in deployed_specs(session, ExperimentSpec):
        report = evaluate_experiment(session, state, spec, by_segment=False)
        standings = report.metric.standings if report.metric else ()
        found = standings[1].interval if len(standings) > 1 else None
        rows.append(
            (
                state.name.name,
                spec.endpoint,
                wording.one_line(spec.metric.text),
                spec.mode,
                report.course.since,
                report.course.days,
                sum(each.rows for each in standings),
                found and found.effect,
                found and found.low,
                found and found.high,
                report.verdict.sentence,
            )
        )
    columns = [("name", TEXT), ("endpoint", TEXT), ("metric", TEXT), ("mode", TEXT), ("since", MOMENT)]
    more = [("days", NUMBER), ("rows", COUNT), ("effect", NUMBER), ("low", NUMBER), ("high", NUMBER)]
    return of_records([*columns, *more, ("verdict", TEXT)], rows)


def show_experiment(session: Session, name: str | None) -> Result:
    """Return all that one experiment says: its verdict, then a row a version for the metric, each guardrail and each
    segment, then whether the versions got their shares and how many units it takes.

    Raises UserError without a name, UnknownName for an experiment that there is not.
    """
    if name is None:
        raise UserError.of("SHOW EXPERIMENT needs its name.", hint="Say: SHOW EXPERIMENT x")
    state = get_object(session.catalog, ResourceName(Kind.EXPERIMENT, name))
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.EXPERIMENT)]
        raise UnknownName.among("experiment", name, known)
    spec = deployed_spec(session, state, ExperimentSpec)
    return of_records([*_COLUMNS, *_FIGURES], list(_rows(evaluate_experiment(session, state, spec), spec)))


def _rows(report: Report, spec: ExperimentSpec) -> Iterator[_Row]:
    text = wording.one_line(spec.metric.text)
    total = sum(each.rows for each in report.metric.standings) if report.metric else None
    yield ("verdict", text, None, None, total, None, None, None, None, report.verdict.sentence)
    if report.metric is not None:
        yield from _compared("metric", text, report, spec, report.metric)
    for each in report.guardrails:
        yield from _compared("guardrail", wording.one_line(each.measure.text), report, spec, each)
    for each in report.segments:
        column, value = each.segment or ("", None)
        label = f"{column} is NULL" if value is None else f"{column} = {value}"
        yield from _compared("segment", label, report, spec, each)
    if report.sample_ratio_p is not None:
        word = "not as told" if report.sample_ratio_p < SUSPECT else "as told"
        yield ("sample ratio", "p", None, None, None, report.sample_ratio_p, None, None, None, word)
    if report.needed is not None:
        words = f"units in all find {spec.min_effect:g} with 80 %; there are {report.units:,}"
        yield ("needed", text, None, None, None, float(round(report.needed)), None, None, None, words)


def _compared(part: str, label: str, report: Report, spec: ExperimentSpec, comparison: Comparison) -> Iterator[_Row]:
    for each in comparison.standings:
        found = each.interval
        bounds = (found.effect, found.low, found.high) if found else (None, None, None)
        word = word_of(report, spec, comparison, each)
        yield (part, label, each.variant.name, each.variant.version, each.rows, each.value, *bounds, word)


def experiment(session: Session, state: ObjectState) -> Iterator[tuple[str, str, str]]:
    """Yield what an experiment compares, by what, and how it stands."""
    spec = deployed_spec(session, state, ExperimentSpec)
    report = evaluate_experiment(session, state, spec, by_segment=False)
    course = report.course
    yield "experiment", "endpoint", spec.endpoint
    yield "experiment", "metric", _measure(spec.metric)
    yield "experiment", "smallest effect", f"{spec.min_effect:g}"
    for each in spec.guardrails:
        loss = f", of which {each.tolerance:g} may be lost" if each.tolerance else ""
        yield "experiment", "guardrail", f"{_measure(each)}{loss}"
    yield "experiment", "unit", spec.unit or "what the traffic is split by: a request, or its key"
    if spec.covariate:
        yield "experiment", "covariate", spec.covariate
    if spec.outcome_table:
        yield "experiment", "outcomes", spec.outcome_table
    yield "experiment", "errs", f"{spec.alpha:g} of the times at most, however often one looks"
    if spec.mode == "bandit":
        yield "experiment", "traffic", f"moved every {duration_text(spec.every)}, {spec.step:g} points at most"
    if spec.description:
        yield "experiment", "description", spec.description
    yield "experiment", "since", wording.minute(course.since)
    yield "experiment", "ended" if course.over else "ends", wording.minute(_end(report, spec))
    yield "experiment", "verdict", report.verdict.sentence
    for variant in course.variants:
        role = "control" if variant is course.variants[0] else "compared with it"
        yield "variant", wording.variant(variant.name, {variant.name: variant.version}), role
    if report.needed is not None:
        yield "experiment", "units needed", f"{round(report.needed):,}; there are {report.units:,}"
    if report.sample_ratio_p is not None:
        yield "experiment", "sample ratio", f"p {number(report.sample_ratio_p)}"


def _end(report: Report, spec: ExperimentSpec) -> Any:
    return report.course.until if report.course.over else report.course.since + spec.max_time


def _measure(measure: Measure) -> str:
    text = wording.one_line(measure.text)
    return f"{text}, more is better" if measure.increase else f"{text}, less is better"
