"""How an endpoint takes a new version in: at once, or after it has proved itself beside the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from penstock.core.options import OptionSpec, OptionValue
from penstock.project.duration import parse_duration, positive_duration_problem

DIRECT, SHADOW, CANARY, BLUE_GREEN = "direct", "shadow", "canary", "blue_green"
# Where in an endpoint's state the release under way stands. The option `release` says how, this one says which.
RELEASING = "releasing"
STEPS = (5.0, 25.0, 50.0)


def steps_problem(value: OptionValue) -> str | None:
    """Return what the option `steps` must be when it is not ascending percents between 0 and 100, else None."""
    expected = "a list of percents, each greater than the one before, between 0 and 100, like [5, 25, 50]"
    if not isinstance(value, list | tuple) or not value:
        return expected
    if not all(isinstance(step, int | float) and not isinstance(step, bool) and 0 < step < 100 for step in value):
        return expected
    return None if list(value) == sorted(set(value)) else expected


OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "release",
        "string",
        DIRECT,
        "How a version that the goals accept takes over: 'direct', at once; 'shadow', after answering unseen beside "
        "the champion; 'canary', after that and then a growing part of the requests; 'blue_green', all requests at "
        "once, the former champion standing by. See [Releases](../releases.md).",
        choices=(DIRECT, SHADOW, CANARY, BLUE_GREEN),
    ),
    OptionSpec(
        "steps",
        "any",
        list(STEPS),
        "The percents of the requests that a canary gets, one after another.",
        check=steps_problem,
    ),
    OptionSpec(
        "bake_time",
        "string",
        "10 minutes",
        "How long each stage of a release lasts at least.",
        check=positive_duration_problem,
    ),
    OptionSpec(
        "release_min_rows",
        "integer",
        100,
        "How many requests the new version must have been asked before a stage of its release ends well.",
        minimum=1,
    ),
    OptionSpec(
        "release_min_agreement",
        "number",
        0.5,
        "How far the new version must agree with the champion as its shadow, where outcomes do not show it to be the "
        "better one: of classes the share of equal predictions; of numbers 1 − root mean squared difference / standard "
        "deviation of the champion's predictions. 0 asks for nothing.",
        minimum=0,
        maximum=1,
    ),
)


@dataclass(frozen=True)
class ReleasePolicy:
    """What an endpoint's options say of its releases. `steps` are percents."""

    kind: str
    steps: tuple[float, ...]
    bake_time: timedelta
    min_rows: int
    min_agreement: float


def release_policy(state: Mapping[str, Any]) -> ReleasePolicy:
    """Return the policy that an endpoint's state in the catalog holds; what it says nothing of has its default."""
    default = {spec.name: spec.default for spec in OPTIONS}
    given = {name: state.get(name, value) for name, value in default.items()}
    return ReleasePolicy(
        kind=str(given["release"]),
        steps=tuple(float(step) for step in given["steps"]),
        bake_time=parse_duration(str(given["bake_time"])),
        min_rows=int(given["release_min_rows"]),
        min_agreement=float(given["release_min_agreement"]),
    )
