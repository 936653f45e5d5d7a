"""What a worker has counted of releases, on its way into the catalog, where the judge reads it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from penstock.catalog.database import Catalog
from penstock.catalog.endpoint_health import Figures, Health, report_health
from penstock.lake.database import Lake
from penstock.serving.release_health import ReleaseWatch, StageHealth
from penstock.serving.routing import Route
from penstock.serving.smoke import smoke


class HealthReporter:
    """Keeps the stages of this worker's endpoints and reports what has changed, under a name of its own."""

    def __init__(self) -> None:
        self.worker = uuid.uuid4().hex
        self._stages: dict[str, StageHealth] = {}
        self._reported: dict[tuple[str, int], Figures] = {}

    def stage(self, endpoint: str, watch: ReleaseWatch | None) -> StageHealth | None:
        """Return the figures of the stage that an endpoint is in, new ones when it has just begun."""
        if watch is None:
            return None
        if watch.tag not in self._stages:
            self._stages[watch.tag] = StageHealth(endpoint, watch)
        return self._stages[watch.tag]

    def turn(self, catalog: Catalog, lake: Lake, routes: Iterable[Route], at: datetime) -> None:
        """Ask new versions the requests of the past where a release wants it, and write down what has changed.

        Stages of other routes are forgotten once they are written. Raises Busy or StorageFailure; the next turn makes
        up for it.
        """
        current = set()
        for route in routes:
            if route.health is None:
                continue
            current.add(route.health.watch.tag)
            if route.health.watch.smoke and not route.health.smoked:
                smoke(lake, route.health, route.models)
        self._report(catalog, at)
        self._stages = {tag: stage for tag, stage in self._stages.items() if tag in current}
        self._reported = {key: found for key, found in self._reported.items() if key[0] in current}

    def _report(self, catalog: Catalog, at: datetime) -> None:
        changed = []
        for tag, stage in self._stages.items():
            figures = stage.figures()
            if not stage.watch.smoke or stage.smoked:
                # That the new version is loaded here is worth telling before anybody asks it.
                figures.setdefault(stage.watch.version, Figures())
            changed += [
                Health(stage.endpoint, tag, version, self.worker, found)
                for version, found in figures.items()
                if self._reported.get((tag, version)) != found
            ]
        if changed:
            report_health(catalog, changed, at)
        self._reported |= {(health.stage, health.version): health.figures for health in changed}
