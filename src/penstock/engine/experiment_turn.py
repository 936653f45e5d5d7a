"""What the loop does with an experiment: it looks, ends it with its verdict, and, of a bandit, moves the traffic."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from penstock.catalog.database import Catalog
from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import ObjectState, get_object, update_state
from penstock.catalog.versions import aliases
from penstock.core.names import Kind, ResourceName
from penstock.engine import wording
from penstock.engine.experiment import Report, evaluate_experiment
from penstock.engine.experiment_course import ENDED, LOOKED, SENTENCE, WORD
from penstock.engine.session import Session
from penstock.experiment.thompson_sampling import best_chances, next_shares
from penstock.experiment.verdict import Word
from penstock.project.experiment import ExperimentSpec
from penstock.project.release import RELEASING


def look(session: Session, spec: ExperimentSpec) -> Report | None:
    """Return how an experiment stands, and write it down; None while it is not time to look, and after its end.

    The history tells the end, and when the variants do not get their shares. Raises UserError where it cannot be
    measured.
    """
    name = ResourceName(Kind.EXPERIMENT, spec.name)
    state = get_object(session.catalog, name)
    now = session.clock.now()
    if state is None or not _is_time(state, spec, now):
        return None
    with session.lake_turn:
        report = evaluate_experiment(session, state, spec, by_segment=False)
    word, sentence = report.verdict.word, report.verdict.sentence
    ends = report.course.over or (word.decides and spec.mode == "fixed")
    seen: dict[str, Any] = {LOOKED: now.isoformat(), WORD: str(word), SENTENCE: sentence}
    if ends:
        seen[ENDED] = report.course.until.isoformat()
    news = ends or (word is not Word.UNDECIDED and str(word) != state.state.get(WORD))
    with session.catalog.together() as catalog:
        update_state(catalog, name, lambda old: {**old, **seen}, now)
        if news:
            told = {"word": str(word), "variant": report.verdict.variant, "units": report.units}
            add_history(catalog, HistoryEntry(now, "ended" if ends else "judged", str(name), sentence, told))
        if spec.mode == "bandit" and not ends:
            _move_traffic(session, catalog, spec, report, now)
    return report


def _is_time(state: ObjectState, spec: ExperimentSpec, now: datetime) -> bool:
    if state.state.get(ENDED) is not None:
        return False
    last = wording.moment(state.state.get(LOOKED))
    # A look of the future was made by a clock that has been set back.
    return last is None or not timedelta(0) <= now - last < spec.every


def _move_traffic(session: Session, catalog: Catalog, spec: ExperimentSpec, report: Report, now: datetime) -> None:
    """Move the traffic a step towards the version that is likely the best, in the same transaction as the look.

    Nothing is moved while a variant has no share, for then somebody else has, nor while a release is under way, nor
    where the shares cannot be what they were told.
    """
    endpoint = get_object(catalog, ResourceName(Kind.ENDPOINT, spec.endpoint))
    course, sample = report.course, report.sample
    if endpoint is None or sample is None or course.paused or endpoint.state.get(RELEASING):
        return
    if report.verdict.word is Word.INVALID:
        return
    numbers = aliases(catalog, course.model)
    shares = wording.traffic(endpoint.state, numbers)
    # By what name each variant has its share now: the first may have been another.
    names = {version: name for name in shares if (version := wording.version_behind(name, numbers)) is not None}
    if not all(variant.version in names for variant in course.variants):
        return
    current = [shares[names[variant.version]] for variant in course.variants]
    whole = sum(current)
    chances = best_chances(
        [sample.moments[variant.version].pooled() for variant in course.variants],
        binary=sample.binary,
        increase=spec.metric.increase,
        seed=session.settings.seed + report.units,
        least=spec.min_units,
    )
    moved = next_shares([100 * share / whole for share in current], chances, floor=spec.floor, step=spec.step)
    changed = {names[v.version]: round(share * whole / 100, 1) for v, share in zip(course.variants, moved, strict=True)}
    if changed == {name: shares[name] for name in changed}:
        return
    traffic = {**shares, **changed}
    update_state(catalog, endpoint.name, lambda old: {**old, "traffic": traffic}, now)
    told = ", ".join(
        f"{name} {shares[name]:g} → {changed[name]:g} % (best with {100 * chance:.0f} %)"
        for name, chance in zip(changed, chances, strict=True)
    )
    message = f"traffic moved by experiment {spec.name}: {told}"
    add_history(catalog, HistoryEntry(now, "altered", str(endpoint.name), message, {"traffic": traffic}))
