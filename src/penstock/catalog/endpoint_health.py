"""How the versions of an endpoint do while one is to take the other's place: counts, kept by every worker."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import delete, select

from penstock.catalog.database import Catalog, upsert
from penstock.catalog.tables import ENDPOINT_HEALTH
from penstock.core.names import name_key

# Upper bounds of the classes that times are counted in, each a fifth longer than the one before: 50 µs to about 90 s.
TIME_BOUNDS: Sequence[float] = tuple(50e-6 * 1.2**step for step in range(80))


@dataclass(frozen=True)
class Figures:
    """What was counted of one version in one stage of a release.

    `asked` requests came, `failed` of them got no answer; `times` counts the answers by how long they took, a class of
    TIME_BOUNDS each and one for all that is longer (empty while there is none). `compared` rows were predicted by the
    champion too: of classes, `equal` were so; of numbers, `gap` is Σ (prediction − champion's)², `total` Σ champion's
    and `squares` Σ champion's².
    """

    asked: int = 0
    failed: int = 0
    times: tuple[int, ...] = ()
    compared: int = 0
    equal: int = 0
    gap: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Figures) -> Figures:
        longer, shorter = sorted((self.times, other.times), key=len, reverse=True)
        times = tuple(map(sum, zip(longer, shorter, strict=True))) if shorter else longer
        return Figures(
            self.asked + other.asked,
            self.failed + other.failed,
            times,
            self.compared + other.compared,
            self.equal + other.equal,
            self.gap + other.gap,
            self.total + other.total,
            self.squares + other.squares,
        )

    def quantile(self, share: float) -> float | None:
        """Return the seconds within which this share of the answers came, rounded up to a class's bound."""
        answered = sum(self.times)
        if not answered:
            return None
        reached = accumulate(self.times)
        place = next(place for place, count in enumerate(reached) if count >= share * answered)
        return TIME_BOUNDS[min(place, len(TIME_BOUNDS) - 1)]

    def slower_than(self, seconds: float) -> int:
        """Return how many answers certainly took longer."""
        return sum(self.times[bisect_left(TIME_BOUNDS, seconds) + 1 :])


@dataclass(frozen=True)
class Health:
    """The figures that a worker has of a version in a stage of an endpoint's release."""

    endpoint: str
    stage: str
    version: int
    worker: str
    figures: Figures


def report_health(catalog: Catalog, found: Iterable[Health], at: datetime) -> None:
    """Record a worker's figures in place of those that it reported before."""
    with catalog.begin() as connection:
        for health in found:
            row = {
                "endpoint_key": name_key(health.endpoint),
                "stage": health.stage,
                "version": health.version,
                "worker": health.worker,
                "figures": asdict(health.figures),
                "at": at,
            }
            upsert(connection, ENDPOINT_HEALTH, row)


def health_of(catalog: Catalog, endpoint: str) -> dict[str, dict[int, Figures]]:
    """Return the sums over all workers: by stage, then by version."""
    query = select(ENDPOINT_HEALTH).where(ENDPOINT_HEALTH.c.endpoint_key == name_key(endpoint))
    found: dict[str, dict[int, Figures]] = {}
    with catalog.read() as connection:
        for row in connection.execute(query):
            of_stage = found.setdefault(row.stage, {})
            of_stage[row.version] = of_stage.get(row.version, Figures()) + _figures(row.figures)
    return found


def forget_health(catalog: Catalog, endpoint: str) -> None:
    """Drop all figures of an endpoint: its release has ended."""
    with catalog.begin() as connection:
        connection.execute(delete(ENDPOINT_HEALTH).where(ENDPOINT_HEALTH.c.endpoint_key == name_key(endpoint)))


def _figures(raw: Mapping[str, Any]) -> Figures:
    return Figures(**{**raw, "times": tuple(raw["times"])})
