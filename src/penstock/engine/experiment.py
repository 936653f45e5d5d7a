"""Experiments: what the versions behind an endpoint have brought so far, how sure that is, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from penstock.catalog.objects import ObjectState, get_object, list_objects
from penstock.catalog.versions import CHAMPION, aliases, get_version
from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.engine.artifact import manifest_of
from penstock.engine.endpoint_log import OMITTED
from penstock.engine.experiment_course import (
    ENDED,
    LOOKED,
    SENTENCE,
    SINCE,
    WORD,
    Course,
    Period,
    Variant,
    course_of,
)
from penstock.engine.experiment_log import ExperimentLog, Sample, Seen, experiment_log
from penstock.engine.session import Session
from penstock.experiment.covariate_adjustment import Estimate, centre, difference, estimate, over_strata, slope
from penstock.experiment.moments import Moments
from penstock.experiment.sample_ratio import Stretch, sample_ratio_p
from penstock.experiment.sequential_test import Interval, interval, mixture_scale, radius, rows_needed
from penstock.experiment.verdict import Contender, Facts, Guarded, Verdict, Word, judged, verdict
from penstock.learn.manifest import Manifest
from penstock.project.experiment import ExperimentSpec, Measure

# In a period with fewer units of a version nothing is compared: its variance would be a guess.
LEAST_UNITS = 30
# A guardrail of which nothing may be lost is looked at for effects of this many standard deviations of a unit.
_SMALL = 0.1


@dataclass(frozen=True)
class Standing:
    """How one version stands by one measure. `interval` is of its effect, its value less the control's; None for the
    control, and while it is not known.
    """

    variant: Variant
    rows: int
    units: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Comparison:
    """All versions by one measure, the control first; of one `segment` of the units, or of all."""

    measure: Measure
    standings: tuple[Standing, ...]
    segment: tuple[str, str | None] | None = None

    def gain(self, standing: Standing) -> Interval | None:
        """Return what is gained by a version: its effect, turned where less is better."""
        found = standing.interval
        return found.turned() if found is not None and not self.measure.increase else found


@dataclass(frozen=True)
class Report:
    """How an experiment stands. `needed` are the units that all versions need together to find min_effect, None while
    that cannot be said; `sample` is what the metric was computed from.
    """

    course: Course
    verdict: Verdict
    metric: Comparison | None = None
    guardrails: tuple[Comparison, ...] = ()
    segments: tuple[Comparison, ...] = ()
    sample_ratio_p: float | None = None
    units: int = 0
    needed: float | None = None
    sample: Sample | None = None


def first_state(before: ObjectState | None, definition: str, now: datetime) -> dict[str, object]:
    """Return what the state of an experiment holds when it is made: the same one goes on, another begins now."""
    if before is not None and before.state.get("definition") == definition and SINCE in before.state:
        return {}
    return {SINCE: now.isoformat(), ENDED: None, WORD: None, SENTENCE: None, LOOKED: None}


def check_experiment(session: Session, spec: ExperimentSpec) -> None:
    """Raise UserError where an experiment cannot be measured: a metric, column or table that there is not."""
    endpoint = _endpoint(session, spec)
    if not endpoint.state.get("log", True):
        message = f"Endpoint {endpoint.name.name} keeps no prediction log, so that nothing can be compared."
        hint = f"Say: ALTER ENDPOINT {endpoint.name.name} SET OPTIONS (log = TRUE)"
        raise InvalidOption.of(message, hint=hint)
    model = str(endpoint.state["model"])
    number = aliases(session.catalog, model).get(CHAMPION)
    now = session.clock.now()
    if number is None:
        return
    variants = (Variant(CHAMPION, number),)
    course = Course(spec.endpoint, model, now, now, (Period(now, {number: 100.0}),), variants, over=False)
    connection = session.lake.connection()
    try:
        with experiment_log(session, connection, spec, course, _manifests(session, course)) as log:
            log.check(endpoint.state.get(OMITTED) or ())
    finally:
        connection.close()


def evaluate_experiment(
    session: Session, state: ObjectState, spec: ExperimentSpec, *, by_segment: bool = True
) -> Report:
    """Return how an experiment stands now, or stood at its end. Raises UserError where it cannot be measured."""
    course = course_of(session, state, spec, _endpoint(session, spec))
    if not course.variants:
        split = f"ALTER ENDPOINT {course.endpoint} SET TRAFFIC (champion = 50, candidate = 50)"
        words = "its traffic was never split" if course.over else f"waits until traffic is split: {split}"
        return Report(course, Verdict(Word.UNDECIDED, words))
    connection = session.lake.connection()
    try:
        with experiment_log(session, connection, spec, course, _manifests(session, course)) as log:
            report = _report(log, spec, course, by_segment=by_segment)
    finally:
        connection.close()
    return report if state.state.get(ENDED) is None else _as_it_ended(report, state)


def _as_it_ended(report: Report, state: ObjectState) -> Report:
    """Return the report with the verdict that ended the experiment: labels that came later do not change it."""
    kept = Verdict(Word(state.state[WORD]), str(state.state[SENTENCE]), report.verdict.variant)
    return replace(report, verdict=kept)


def _report(log: ExperimentLog, spec: ExperimentSpec, course: Course, *, by_segment: bool) -> Report:
    share = spec.alpha / (len(course.variants) - 1)
    seen = log.seen()
    sample = log.sample(spec.metric)
    metric = _compared(spec, course, spec.metric, sample, share)
    guardrails = tuple(_compared(spec, course, each, log.sample(each), share) for each in spec.guardrails)
    found = {column: log.segments(spec.metric, column) for column in spec.segments} if by_segment else {}
    parts = sum(len(samples) for samples in found.values())
    segments = tuple(
        _compared(spec, course, spec.metric, part, share / parts, (column, value))
        for column, samples in found.items()
        for value, part in samples.items()
    )
    units = int(sample.units)
    needed = _needed(spec, course, sample, share)
    p = _sample_ratio(course, seen)
    facts = Facts(
        control=course.variants[0].name,
        contenders=_contenders(metric, guardrails),
        min_effect=spec.min_effect,
        sample_ratio_p=p,
        days_left=_days_left(course, units, needed),
        ends_in=(course.since + spec.max_time - course.until).total_seconds() / 86_400,
        over=course.over,
    )
    return Report(course, verdict(facts), metric, guardrails, segments, p, units, needed, sample)


def _compared(
    spec: ExperimentSpec,
    course: Course,
    measure: Measure,
    sample: Sample,
    alpha: float,
    segment: tuple[str, str | None] | None = None,
) -> Comparison:
    moments = [sample.moments[variant.version] for variant in course.variants]
    whole = [each.pooled() for each in moments]
    find = _apart if spec.mode == "bandit" else _within_periods
    found = [find(spec, measure, moments[0], other, alpha) for other in moments[1:]]
    standings = tuple(
        Standing(
            variant,
            sample.rows[variant.version],
            int(pooled.units),
            float(pooled.value) if pooled.units else None,
            told,
        )
        for variant, pooled, told in zip(course.variants, whole, [None, *found], strict=True)
    )
    return Comparison(measure, standings, segment)


def _within_periods(
    spec: ExperimentSpec, measure: Measure, control: Moments, treated: Moments, alpha: float
) -> Interval | None:
    """Return the interval of the difference, each period compared within itself; None for too few units."""
    pair = (control, treated)
    steepness, middle = slope([each.pooled() for each in pair]), centre(pair)
    one, other = (estimate(each, steepness, middle) for each in pair)
    found = over_strata(difference(one, other), control.units, treated.units, LEAST_UNITS)
    if _too_few(spec, pair) or not np.isfinite(found.variance):
        return None
    return interval(float(found.effect), float(found.variance), _scale(spec, measure, pair, alpha), alpha)


def _apart(spec: ExperimentSpec, measure: Measure, control: Moments, treated: Moments, alpha: float) -> Interval | None:
    """Return the interval of the difference where what came in has decided who gets the next units.

    Each version's mean is then held by an interval of its own, which does not mind that, to half of alpha.
    """
    pair = (control.pooled(), treated.pooled())
    steepness, middle = slope(pair), centre(pair)
    one, other = (estimate(each, steepness, middle) for each in pair)
    if _too_few(spec, pair) or not (one.variance > 0 and other.variance > 0):
        return None
    scale = _scale(spec, measure, pair, alpha)
    half = float(sum(radius(each.variance, scale, alpha / 2) for each in (one, other)))
    effect = float(other.mean - one.mean)
    return Interval(effect, effect - half, effect + half)


def _too_few(spec: ExperimentSpec, pair: Sequence[Moments]) -> bool:
    return any(each.units.sum() < spec.min_units for each in pair)


def _scale(spec: ExperimentSpec, measure: Measure, pair: Sequence[Moments], alpha: float) -> float:
    """Return the spread of effects that intervals are narrowest for: by what was declared, not by what was seen."""
    if measure is spec.metric:
        return mixture_scale(spec.min_effect, alpha)
    if measure.tolerance > 0:
        return mixture_scale(measure.tolerance, alpha)
    spread = np.sqrt(np.mean([_unit_variance(each) for each in pair]))
    return mixture_scale(_SMALL * float(spread) or 1.0, alpha)


def _unit_variance(moments: Moments) -> float:
    """Return the variance of a unit's value, the covariate left aside."""
    whole = moments.pooled() if moments.units.ndim else moments
    plain: Estimate = estimate(whole, np.asarray(0.0), np.asarray(0.0))
    return float(np.nan_to_num(plain.variance * whole.units))


def _needed(spec: ExperimentSpec, course: Course, sample: Sample, alpha: float) -> float | None:
    """Return how many units all versions need together; None while it is not known how much values vary, and for a
    bandit, which does not know yet whom it will ask.
    """
    moments = [sample.moments[variant.version] for variant in course.variants]
    if spec.mode == "bandit" or _too_few(spec, moments):
        return None
    steepness = slope([each.pooled() for each in moments])
    adjusted = [estimate(each.pooled(), steepness, each.pooled().mean[2]) for each in moments]
    variances = [float(each.variance * each.units) for each in adjusted]
    total = sum(float(each.units) for each in adjusted)
    shares = [float(each.units) / total for each in adjusted]
    pairs = [
        rows_needed(spec.min_effect, (variances[0], other), (shares[0], share), alpha)
        for other, share in zip(variances[1:], shares[1:], strict=True)
    ]
    return max(pairs)


def _days_left(course: Course, units: int, needed: float | None) -> float | None:
    """Return how long the units that are missing take at the rate so far; None where none are, or nobody knows."""
    if needed is None or units >= needed or course.days <= 0 or units == 0:
        return None
    return (needed - units) / (units / course.days)


def _sample_ratio(course: Course, seen: Sequence[Seen]) -> float:
    counts = {(each.period, each.version): each.settled for each in seen}
    return sample_ratio_p(
        [
            Stretch([counts.get((period, v.version), 0) for v in course.variants], course.told(period))
            for period in course.compared
        ]
    )


def _contenders(metric: Comparison, guardrails: Sequence[Comparison]) -> list[Contender]:
    return [
        Contender(
            standing.variant.name,
            metric.gain(standing),
            tuple(
                Guarded(each.measure.text, each.gain(each.standings[place]), each.measure.tolerance)
                for each in guardrails
            ),
        )
        for place, standing in enumerate(metric.standings)
        if place
    ]


def word_of(report: Report, spec: ExperimentSpec, comparison: Comparison, standing: Standing) -> str | None:
    """Return how one version stands by one measure, in a word; None for the control."""
    if standing is comparison.standings[0]:
        return None
    gain = comparison.gain(standing)
    if comparison in report.guardrails:
        guarded = Guarded(comparison.measure.text, gain, comparison.measure.tolerance)
        if gain is None or (gain.low < -guarded.tolerance and not guarded.fails):
            return str(Word.UNDECIDED)
        return "fails" if guarded.fails else "holds"
    word = judged(Contender(standing.variant.name, gain), spec.min_effect)
    return f"no difference of {spec.min_effect:g}" if word is Word.SAME else str(word)


def _endpoint(session: Session, spec: ExperimentSpec) -> ObjectState:
    found = get_object(session.catalog, ResourceName(Kind.ENDPOINT, spec.endpoint))
    if found is None:
        known = [state.name.name for state in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", spec.endpoint, known)
    return found


def _manifests(session: Session, course: Course) -> list[Manifest]:
    """Return the manifests of the versions that there are still, the control first; raises UnknownName for none."""
    found: Mapping[int, Manifest | None] = {
        variant.version: manifest_of(session, get_version(session.catalog, course.model, variant.version))
        for variant in course.variants
    }
    known = [manifest for manifest in found.values() if manifest is not None]
    if not known:
        raise UnknownName.of(f"No version of model {course.model} that the experiment compares can be read.")
    return known
