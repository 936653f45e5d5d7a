"""Which version answers a request: an endpoint's traffic, its aliases, and the route made of both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.catalog.objects import ObjectState
from penstock.catalog.versions import CHAMPION
from penstock.core.names import name_key
from penstock.serving.scoring import ServedModel

_RANGE = 2**64


@dataclass(frozen=True)
class Share:
    """A variant's part of the traffic: `upper` is where its part of [0, 1) ends; `number` is the version."""

    variant: str
    number: int
    upper: float


@dataclass(frozen=True)
class RoutePlan:
    """What a route must look like: versions by number, nothing loaded."""

    endpoint: str
    model: str
    shares: tuple[Share, ...]
    shadow: int | None
    log: bool

    @property
    def numbers(self) -> frozenset[int]:
        """Every version that the route needs."""
        return frozenset(share.number for share in self.shares) | ({self.shadow} if self.shadow else set())


@dataclass(frozen=True)
class Route:
    """A plan with its versions loaded. Immutable: a request that has it sees one state of the endpoint only."""

    plan: RoutePlan
    models: Mapping[int, ServedModel]

    def choose(self, request_id: str) -> tuple[str, ServedModel]:
        """Return the variant and the version that answer a request; the same request always gets the same."""
        shares = self.plan.shares
        share = shares[0] if len(shares) == 1 else chosen(shares, self.plan.endpoint, request_id)
        return share.variant, self.models[share.number]

    @property
    def shadow(self) -> ServedModel | None:
        """The version that is scored beside the one that answers."""
        return None if self.plan.shadow is None else self.models[self.plan.shadow]

    @property
    def main(self) -> ServedModel:
        """The version with the largest share: the endpoint's face in its metadata."""
        lower = 0.0
        widths = {}
        for share in self.plan.shares:
            widths[share.number] = share.upper - lower
            lower = share.upper
        return self.models[max(widths, key=lambda number: widths[number])]


def chosen(shares: tuple[Share, ...], endpoint: str, request_id: str) -> Share:
    """Return the share into which a request's hash falls; the hash is of endpoint and request together."""
    digest = hashlib.blake2b(f"{endpoint}\x00{request_id}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / _RANGE
    return next((share for share in shares if place < share.upper), shares[-1])


def route_plan(endpoint: ObjectState, aliases: Mapping[str, int]) -> RoutePlan | None:
    """Return the plan of an endpoint's state and its model's aliases; None when no version can answer.

    Without traffic of its own an endpoint is answered by the champion. A variant whose alias names no version
    leaves its part to the others.
    """
    state = endpoint.state
    traffic: Mapping[str, Any] = state.get("traffic") or {CHAMPION: 100}
    weights = [
        (variant.lower(), number, float(weight))
        for variant, weight in traffic.items()
        if weight > 0 and (number := _number(variant, aliases)) is not None
    ]
    if not weights:
        return None
    total = sum(weight for _, _, weight in weights)
    shares, upper = [], 0.0
    for variant, number, weight in weights:
        upper += weight / total
        shares.append(Share(variant, number, upper))
    shadow = state.get("shadow")
    return RoutePlan(
        endpoint=endpoint.name.name,
        model=str(state["model"]),
        shares=tuple(shares),
        shadow=_number(str(shadow), aliases) if shadow else None,
        log=bool(state.get("log", True)),
    )


def _number(variant: str, aliases: Mapping[str, int]) -> int | None:
    return int(variant) if variant.isdecimal() else aliases.get(variant.lower())


def aliases_for(endpoint: ObjectState, of_all: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    """Return the aliases of the endpoint's model."""
    return of_all.get(name_key(str(endpoint.state["model"])), {})
