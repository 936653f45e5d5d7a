"""Training a version again from the snapshots that it was trained on, and comparing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from penstock.catalog.versions import Version
from penstock.core.errors import UserError
from penstock.core.names import Kind, name_key
from penstock.drift.summary import PROFILE
from penstock.engine import forecast_gate
from penstock.engine.artifact import MANIFEST
from penstock.engine.deployed import deployed_project
from penstock.engine.imported_model import made_elsewhere
from penstock.engine.loaded_model import load_version
from penstock.engine.model import definition_of
from penstock.engine.recipe import Recipe, read_recipe
from penstock.engine.session import Session
from penstock.engine.training_data import read_training_rows
from penstock.graph.topology import build_graph
from penstock.lake.snapshots import at_snapshot
from penstock.learn.artifact import LoadedModel, artifact_hash
from penstock.learn.fitting import TrainedModel
from penstock.learn.learner import SelfJudgingLearner
from penstock.learn.manifest import read_manifest
from penstock.learn.registry import learner_of
from penstock.learn.report.model_report import SEARCH
from penstock.learn.training import train
from penstock.project.model import ModelSpec

GRAPH = "model.onnx"


@dataclass(frozen=True)
class Reproduction:
    """Whether the version came out the same: the graph byte for byte, and each metric then and now.

    A model that scores no rows has no graph: then `same_graph` is of its details and of what else it keeps. A search
    (`by_time`) comes as far as its time and the machine let it, so that it may come out another.
    """

    version: Version
    same_graph: bool
    metrics: tuple[tuple[str, float | None, float | None], ...]
    has_graph: bool = True
    by_time: bool = False

    @property
    def same(self) -> bool:
        return self.same_graph and all(_equal(then, now) for _, then, now in self.metrics)


def reproduce(session: Session, model: str, number: str | None) -> Reproduction:
    """Train version `number` of `model` again from its recorded snapshots, seed and options.

    Raises UserError when the model's definition is not the one that made the version.
    """
    version, loaded = load_version(session.catalog, session.storage, session.models, model, number)
    graph = build_graph(deployed_project(session))
    resource = next(r for n, r in graph.resources.items() if n.kind is Kind.MODEL and n.key == name_key(version.model))
    spec = resource.spec
    if not isinstance(spec, ModelSpec) or definition_of(spec) != version.definition:
        raise UserError.of(
            f"Version {version.number} of {version.model} was made by another definition than the present one.",
            hint="Restore the statement it was made by, and run this again.",
        )
    if spec.query is None:
        return _compared(session, version, loaded, made_elsewhere(session, spec))
    recipe = read_recipe(version.options)
    past = {
        name_key(name): at_snapshot(name, snapshot)
        for name, snapshot in version.sources.items()
        if snapshot is not None
    }
    asked = replace(spec, options=recipe.options)
    series = forecast_gate.forecasts(asked)
    rows = read_training_rows(session, asked, None if series else recipe.newest, substitutes=past)
    again = train(
        rows.table,
        rows.options,
        seed=version.seed,
        threads=session.threads,
        progress=lambda *_: None,
        transform=rows.transform,
        related=rows.related,
        holidays=rows.holidays,
        warm_start=_earlier(session, version, recipe),
    )
    if series and recipe.newest is not None:
        again = forecast_gate.with_metrics(again, rows, recipe.newest, session.threads)
    return _compared(session, version, loaded, again)


def _compared(session: Session, version: Version, loaded: LoadedModel, again: TrainedModel) -> Reproduction:
    same_graph = _made(again.files) == _made(session.storage.read(version.artifact))
    metrics = tuple((name, value, again.manifest.metrics.get(name)) for name, value in loaded.manifest.metrics.items())
    by_time = isinstance(learner_of(again.manifest.model_type), SelfJudgingLearner)
    return Reproduction(version, same_graph, metrics, GRAPH in again.files, by_time)


def _made(files: Mapping[str, bytes]) -> bytes:
    """Return what a training made: the graph, or, of a model without one, its details and what else it keeps."""
    if GRAPH in files:
        return files[GRAPH]
    # What a search tells of itself holds the seconds that it took.
    found = {key: value for key, value in read_manifest(files[MANIFEST].decode()).details.items() if key != SEARCH}
    details = json.dumps(found, sort_keys=True).encode()
    kept = {name: content for name, content in files.items() if name not in (MANIFEST, PROFILE)}
    return details + artifact_hash(kept).encode()


def _earlier(session: Session, version: Version, recipe: Recipe) -> LoadedModel | None:
    if recipe.warm_start_from is None:
        return None
    return load_version(session.catalog, session.storage, session.models, version.model, recipe.warm_start_from)[1]


def _equal(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is now
    return math.isclose(then, now, rel_tol=1e-9, abs_tol=1e-12)
