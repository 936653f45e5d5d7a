"""Which version answers a request: an endpoint's traffic, its aliases, and the route made of both."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.catalog.objects import ObjectState
from penstock.catalog.versions import CHAMPION
from penstock.core.names import name_key
from penstock.serving.log_policy import LogPolicy, log_policy
from penstock.serving.release_health import ReleaseWatch, StageHealth, release_watch
from penstock.serving.scoring import ServedModel

_RANGE = 2**64


@dataclass(frozen=True)
class Share:
    """A variant's part of the traffic, above 0 and up to 1; `number` is the version."""

    variant: str
    number: int
    part: float


@dataclass(frozen=True)
class RoutePlan:
    """What a route must look like: versions by number, nothing loaded.

    `shadow_variant` is the name that the shadow was set by, `shadow_part` its part of the requests. `sticky_by` names
    the column whose value chooses the share, in place of the request's id.
    """

    endpoint: str
    model: str
    shares: tuple[Share, ...]
    shadow: int | None
    log: bool
    shadow_variant: str = ""
    shadow_part: float = 1.0
    sticky_by: str | None = None
    logging: LogPolicy = field(default_factory=LogPolicy)
    release: ReleaseWatch | None = None

    @property
    def numbers(self) -> frozenset[int]:
        """Every version that the route needs; of a release both, so that each can take over at once."""
        needed = {share.number for share in self.shares} | ({self.shadow} if self.shadow else set())
        return frozenset(needed | ({self.release.version, self.release.champion} if self.release else set()))

    @property
    def variants(self) -> dict[str, tuple[str, int]]:
        """The variant and the version of every name that a request may ask for: variants, the shadow, and numbers."""
        named = {share.variant: share.number for share in self.shares}
        if self.shadow is not None:
            named.setdefault(self.shadow_variant, self.shadow)
        found = {name: (name, number) for name, number in named.items()}
        for name, number in named.items():
            found.setdefault(str(number), (name, number))
        return found


@dataclass(frozen=True)
class Route:
    """A plan with its versions loaded. Immutable: a request that has it sees one state of the endpoint only."""

    plan: RoutePlan
    models: Mapping[int, ServedModel]
    health: StageHealth | None = None

    def choose(self, unit: str) -> tuple[str, ServedModel]:
        """Return the variant and the version that answer a request; `unit` is its id, or the key that it stays with.

        The same unit always gets the same.
        """
        shares = self.plan.shares
        share = shares[0] if len(shares) == 1 else chosen(shares, self.plan.endpoint, unit)
        return share.variant, self.models[share.number]

    @property
    def shadow(self) -> ServedModel | None:
        """The version that is scored beside the one that answers."""
        return None if self.plan.shadow is None else self.models[self.plan.shadow]

    def shadow_for(self, request_id: str, answered: int) -> ServedModel | None:
        """Return the version that is to score a request in the shadow of version `answered`; None for no such.

        Which requests it gets is independent of how the traffic is split, and the same for the same id.
        """
        plan = self.plan
        if plan.shadow is None or plan.shadow == answered or not (plan.log or plan.release):
            return None
        if plan.shadow_part < 1 and place_of(plan.endpoint, "shadow", request_id) > plan.shadow_part:
            return None
        return self.models[plan.shadow]

    @property
    def main(self) -> ServedModel:
        """The version with the largest share: the endpoint's face in its metadata."""
        return self.models[max(self.plan.shares, key=lambda share: share.part).number]


def chosen(shares: tuple[Share, ...], endpoint: str, unit: str) -> Share:
    """Return the share that a unit falls into, in proportion to the parts.

    By weighted rendezvous hashing (Thaler and Ravishankar 1998; the logarithm by Schindelhauer and Schomaker 2005):
    every version draws an exponential time whose rate is its part, and the first one has the unit. Where one part
    changes and the others keep their proportions, units only move into that version or out of it, as few as can be.
    """
    return min(shares, key=lambda share: -math.log(place_of(endpoint, str(share.number), unit)) / share.part)


def place_of(endpoint: str, purpose: str, unit: str) -> float:
    """Return a number in (0, 1] that looks drawn at random, always the same for the same three texts."""
    text = f"{endpoint}\x00{purpose}\x00{unit}".encode("utf-8", "surrogatepass")
    return (int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") + 1) / _RANGE


def route_plan(endpoint: ObjectState, aliases: Mapping[str, int]) -> RoutePlan | None:
    """Return the plan of an endpoint's state and its model's aliases; None when no version can answer.

    Without traffic of its own an endpoint is answered by the champion. A variant whose alias names no version
    leaves its part to the others; where none of them is left, the champion answers.
    """
    state = endpoint.state
    shadow = state.get("shadow")
    parts = _parts(state.get("traffic") or {}, aliases) or _parts({CHAMPION: 100}, aliases)
    if not parts:
        return None
    return RoutePlan(
        endpoint=endpoint.name.name,
        model=str(state["model"]),
        shares=parts,
        shadow=_number(str(shadow), aliases) if shadow else None,
        log=bool(state.get("log", True)),
        shadow_variant=str(shadow or "").lower(),
        shadow_part=float(state.get("shadow_share") or 100) / 100,
        sticky_by=state.get("sticky_by"),
        logging=log_policy(state),
        release=release_watch(endpoint),
    )


def _parts(traffic: Mapping[str, Any], aliases: Mapping[str, int]) -> tuple[Share, ...]:
    weights = [
        (variant.lower(), number, float(weight))
        for variant, weight in traffic.items()
        if weight > 0 and (number := _number(variant, aliases)) is not None
    ]
    total = math.fsum(weight for _, _, weight in weights)
    return tuple(Share(variant, number, weight / total) for variant, number, weight in weights)


def _number(variant: str, aliases: Mapping[str, int]) -> int | None:
    return int(variant) if variant.isdecimal() else aliases.get(variant.lower())


def aliases_for(endpoint: ObjectState, of_all: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    """Return the aliases of the endpoint's model."""
    return of_all.get(name_key(str(endpoint.state["model"])), {})
