"""The course of an experiment: which versions it compares, since when, and what share each was told at what time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from penstock.catalog.history import list_history
from penstock.catalog.objects import ObjectState
from penstock.catalog.versions import CHAMPION, AliasMove, alias_history
from penstock.engine import wording
from penstock.engine.session import Session
from penstock.project.experiment import ExperimentSpec

# What the state of an experiment keeps: when it began, ended, was looked at, and how it stood then.
SINCE, ENDED, LOOKED, WORD, SENTENCE = "since", "ended_at", "looked_at", "word", "verdict"


@dataclass(frozen=True)
class Variant:
    """A version that takes part, under the name that the traffic gave it when it was split first."""

    name: str
    version: int


@dataclass(frozen=True)
class Period:
    """A time from `start` on in which the traffic stayed as it was: percent by version."""

    start: datetime
    shares: Mapping[int, float]


@dataclass(frozen=True)
class Course:
    """What an experiment looks at: answers from `since` up to `until`, by `variants`, the control first.

    `variants` is empty as long as the traffic was never split. `over` says that nothing is added any more.
    """

    endpoint: str
    model: str
    since: datetime
    until: datetime
    periods: tuple[Period, ...]
    variants: tuple[Variant, ...]
    over: bool

    @property
    def compared(self) -> list[int]:
        """The places of the periods in which every variant had a share."""
        return [place for place, period in enumerate(self.periods) if self._is_whole(period)]

    @property
    def paused(self) -> bool:
        """Whether a variant has no share now."""
        return bool(self.variants) and not self._is_whole(self.periods[-1])

    @property
    def days(self) -> float:
        return (self.until - self.since).total_seconds() / 86_400

    def told(self, period: int) -> list[float]:
        """Return the shares that the variants were told in a period."""
        return [self.periods[period].shares.get(variant.version, 0.0) for variant in self.variants]

    def _is_whole(self, period: Period) -> bool:
        return all(period.shares.get(variant.version, 0.0) > 0 for variant in self.variants)


def course_of(session: Session, state: ObjectState, spec: ExperimentSpec, endpoint: ObjectState) -> Course:
    """Return the course of an experiment as it stands now, or stood at its end."""
    since = datetime.fromisoformat(state.state[SINCE])
    end = since + spec.max_time
    ended = state.state.get(ENDED)
    now = session.clock.now()
    until = datetime.fromisoformat(ended) if ended else min(now, end)
    model = str(endpoint.state["model"])
    named = _periods(session, endpoint, model, since, until)
    periods = tuple(period for period, _ in named)
    variants = next((found for period, names in named if len(found := _variants(period, names)) > 1), ())
    return Course(endpoint.name.name, model, since, until, periods, variants, ended is not None or now >= end)


def _variants(period: Period, names: Mapping[int, str]) -> tuple[Variant, ...]:
    """Return the versions with a share, the champion first, or else the one with the largest share."""
    versions = [version for version, share in period.shares.items() if share > 0]
    first = next(
        (version for version in versions if names[version] == CHAMPION),
        max(versions, key=lambda version: period.shares[version], default=None),
    )
    versions.sort(key=lambda version: version != first)
    return tuple(Variant(names[version], version) for version in versions)


def _periods(
    session: Session, endpoint: ObjectState, model: str, since: datetime, until: datetime
) -> list[tuple[Period, Mapping[int, str]]]:
    """Return the periods between two moments, each with the names of its versions, out of the history of the endpoint's
    traffic and of the model's aliases.
    """
    told = [e for e in list_history(session.catalog, subject=str(endpoint.name)) if "traffic" in e.data]
    traffic = [(entry.at, entry.data["traffic"]) for entry in told]
    moves = alias_history(session.catalog, model)
    # Without any move it has been since the beginning as it is now.
    first = None if traffic else endpoint.state.get("traffic")
    changes = {at for at, _ in traffic} | {move.at for move in moves}
    found: list[tuple[Period, Mapping[int, str]]] = []
    for moment in sorted({since, *(at for at in changes if since < at <= until)}):
        known: Any = next((shares for at, shares in reversed(traffic) if at <= moment), first)
        shares, names = _shares(known, _aliases(moves, moment))
        if not found or found[-1][0].shares != shares:
            found.append((Period(moment, shares), names))
    return found


def _aliases(moves: list[AliasMove], at: datetime) -> dict[str, int]:
    """Return the aliases of a model as they were at a moment."""
    numbers = {move.alias: move.to_number for move in moves if move.at <= at}
    return {alias: number for alias, number in numbers.items() if number is not None}


def _shares(traffic: Mapping[str, Any] | None, numbers: Mapping[str, int]) -> tuple[dict[int, float], dict[int, str]]:
    """Return the percent and the variant's name by version."""
    shares: dict[int, float] = {}
    names: dict[int, str] = {}
    for variant, share in wording.traffic({"traffic": traffic}, numbers).items():
        version = wording.version_behind(variant, numbers)
        if version is not None:
            shares[version] = shares.get(version, 0.0) + share
            names.setdefault(version, variant)
    return shares, names
