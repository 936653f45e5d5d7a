"""A release: a version on its way to become the champion of an endpoint, kept as data in the endpoint's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from penstock.catalog.objects import ObjectState
from penstock.catalog.versions import CANDIDATE, CHAMPION
from penstock.learn.schema import Task
from penstock.project.duration import duration_text
from penstock.project.release import BLUE_GREEN, CANARY, RELEASING, SHADOW, ReleasePolicy

# What a release moves, and puts back at its end.
_MOVED = ("traffic", "shadow", "shadow_share")


@dataclass(frozen=True)
class Stage:
    """A stretch of a release: `share` percents of the requests are answered by the new version, or none of them and it
    answers unseen, as the `shadow`; or, before blue_green's switch, requests of the past are asked of it (`smoke`).
    """

    name: str
    share: float = 0.0

    @property
    def words(self) -> str:
        return f"{self.share:g} %" if self.share else self.name


@dataclass(frozen=True)
class Release:
    """A version that takes the champion's place at an endpoint, stage by stage.

    `place` is the stage that it is in, `since` when that began; `finished` when it has stood the last one and waits for
    the other endpoints of its model. `outcome` says what predictions are: a `number` or a `class`, which both outcomes
    and the champion's predictions can be compared with; None of what neither can be. `before` is what the endpoint's
    state held of traffic and shadow. `looked_at` is when the outcomes were looked at last.
    """

    id: str
    endpoint: str
    model: str
    kind: str
    version: int
    champion: int
    steps: tuple[float, ...]
    bake_time: timedelta
    min_rows: int
    min_agreement: float
    outcome: str | None
    began: datetime
    since: datetime
    before: Mapping[str, Any]
    place: int = 0
    finished: bool = False
    looked_at: datetime | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every stage, in order."""
        match self.kind:
            case "shadow":
                return (Stage(SHADOW),)
            case "canary":
                return (Stage(SHADOW), *(Stage(CANARY, share) for share in self.steps))
            case _:
                return (Stage("smoke"), Stage(BLUE_GREEN, 100.0))

    @property
    def stage(self) -> Stage:
        return self.stages[self.place]

    @property
    def tag(self) -> str:
        """The name under which workers count what happens in this stage."""
        return f"{self.id}.{self.place}"

    @property
    def plan_words(self) -> str:
        """What is going to happen: `canary: shadow, 5 %, 25 %, 50 %, each for 10 minutes`."""
        lasting = duration_text(self.bake_time)
        match self.kind:
            case "shadow":
                return f"shadow for {lasting}"
            case "canary":
                return f"canary: {', '.join(stage.words for stage in self.stages)}, each for {lasting}"
            case _:
                return f"blue_green: requests of the past, then all for {lasting}"

    def moved_to(self, place: int, at: datetime) -> Release:
        """Return the release in another of its stages."""
        return replace(self, place=place, since=at, looked_at=None)

    def change(self) -> dict[str, Any]:
        """Return what the endpoint's state is to hold in this stage."""
        given = {key: self.before.get(key) for key in _MOVED}
        if self.stage.name == SHADOW:
            given |= {"shadow": CANDIDATE, "shadow_share": None}
        elif self.stage.share:
            given["traffic"] = shifted(given["traffic"], self.stage.share)
            given["shadow"] = None
        return {**given, RELEASING: self.to_json()}

    def end(self) -> dict[str, Any]:
        """Return what the endpoint's state is to hold when the release is over: what it held before.

        A candidate that had a part then has none any more: another version has that alias now.
        """
        given = {key: self.before.get(key) for key in _MOVED}
        rest = {name: share for name, share in (given["traffic"] or {}).items() if name != CANDIDATE}
        given["traffic"] = _whole(rest)
        if given["shadow"] == CANDIDATE:
            given["shadow"] = None
        return {**given, RELEASING: None}

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "steps": list(self.steps),
            "bake_time": self.bake_time.total_seconds(),
            "began": self.began.isoformat(),
            "since": self.since.isoformat(),
            "looked_at": self.looked_at and self.looked_at.isoformat(),
            "tag": self.tag,
            "smoke": self.stage.name == "smoke",
        }


def release_under_way(state: ObjectState) -> Release | None:
    """Return the release that an endpoint is in, or None."""
    raw = state.state.get(RELEASING)
    if raw is None:
        return None
    known = {key: value for key, value in raw.items() if key not in ("tag", "smoke")}
    looked_at = raw["looked_at"]
    return Release(
        **{
            **known,
            "steps": tuple(raw["steps"]),
            "bake_time": timedelta(seconds=raw["bake_time"]),
            "began": datetime.fromisoformat(raw["began"]),
            "since": datetime.fromisoformat(raw["since"]),
            "looked_at": datetime.fromisoformat(looked_at) if looked_at else None,
        }
    )


def new_release(
    state: ObjectState,
    policy: ReleasePolicy,
    *,
    identity: str,
    version: int,
    champion: int,
    task: Task,
    at: datetime,
) -> Release:
    """Return the release of a version at an endpoint, in its first stage; nothing is written."""
    going_on = release_under_way(state)
    before = going_on.before if going_on else {key: state.state.get(key) for key in _MOVED}
    return Release(
        id=identity,
        endpoint=state.name.name,
        model=str(state.state["model"]),
        kind=policy.kind,
        version=version,
        champion=champion,
        steps=policy.steps,
        bake_time=policy.bake_time,
        min_rows=policy.min_rows,
        min_agreement=policy.min_agreement,
        outcome="number" if task.predicts_number else "class" if task is Task.CLASSIFICATION else None,
        began=at,
        since=at,
        before=before,
    )


def shifted(traffic: Mapping[str, float] | None, share: float) -> dict[str, float]:
    """Return the traffic with `share` percents for the candidate; the others share the rest as they did.

    One that has nothing left stays named, with 0, so that it answers when there is no candidate.
    """
    rest = {name: part for name, part in (traffic or {CHAMPION: 100.0}).items() if name != CANDIDATE}
    rest = rest if sum(rest.values()) > 0 else {CHAMPION: 100.0}
    whole = sum(rest.values())
    return {**{name: part * (100 - share) / whole for name, part in rest.items()}, CANDIDATE: share}


def _whole(traffic: Mapping[str, float]) -> dict[str, float] | None:
    """Return the parts brought to 100 together; None for the champion alone, as an endpoint has it by default."""
    whole = sum(traffic.values())
    if not whole or set(traffic) == {CHAMPION}:
        return None
    return {name: 100 * part / whole for name, part in traffic.items()}
