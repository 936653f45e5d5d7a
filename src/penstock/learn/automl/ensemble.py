"""Several models as one: their raw outputs weighed and summed, in one ONNX graph and in one explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.automl.calibration import Stretch
from penstock.learn.automl.learner_candidate import LEAST_PROBABILITY
from penstock.learn.automl.text_line import TEXT_LINE, TextLineExplainer
from penstock.learn.encoding import ColumnCode, codes_as_json
from penstock.learn.graph import GraphBuilder
from penstock.learn.learner import Attributions, Explainer, FittedModel, TrainingData
from penstock.learn.network_bag import BAG, explainers
from penstock.learn.registry import learner_of
from penstock.learn.schema import Task
from penstock.learn.tree_ensemble import add_ensemble, read_ensemble
from penstock.learn.tree_explainer import TreeExplainer
from penstock.learn.tree_graph import Link, TreeOutput, probabilities, tree_graph
from penstock.learn.tree_growth import importances
from penstock.learn.tree_options import NATIVE

Floats = NDArray[np.float64]
Json = Any
PARTS = "parts"


@dataclass(frozen=True)
class LearnerPart:
    """A model of another family than the trees, and its weight in the sum; `raw`: its graph gives raw outputs."""

    model_type: str
    weight: float
    fitted: FittedModel
    raw: bool = False


@dataclass(frozen=True)
class Ensemble:
    """calibrated raw output = base + scale · (trees + Σ weight · raw output of a part).

    `trees` is a model of LightGBM whose leaves hold its weight already, and `codes` what it reads; None without trees.
    """

    trees: str | None
    codes: tuple[ColumnCode, ...]
    parts: tuple[LearnerPart, ...]
    stretch: Stretch
    link: Link

    def fitted(self, data: TrainingData) -> FittedModel:
        """Return the model as one graph, without iterations."""
        if self.trees is not None and not self.parts:
            return self._of_trees(data, self.trees)
        details: dict[str, Json] = {
            "features": [asdict(feature) for feature in data.features],
            "stretch": asdict(self.stretch),
            "link": str(self.link),
            **_rows_at_once(self.parts),
            PARTS: [
                {"model_type": part.model_type, "weight": part.weight, "details": dict(part.fitted.details)}
                for part in self.parts
            ],
        }
        files = {
            f"part_{number}.{name}": content
            for number, part in enumerate(self.parts)
            for name, content in part.fitted.files.items()
        }
        if self.trees is not None:
            ensemble = read_ensemble(self.trees)
            details["trees_of"] = {
                "features": details["features"],
                "encoding": codes_as_json(self.codes),
                "output": TreeOutput(self.link).as_json(),
                "outputs": ensemble.outputs,
                "importances": importances(ensemble, self.codes, [feature.name for feature in data.features]),
            }
        return FittedModel(self._graph(data), (), details, self.trees, files=files)

    def _of_trees(self, data: TrainingData, trees: str) -> FittedModel:
        """A sum of trees is a model of trees like any other."""
        ensemble = read_ensemble(trees)
        output = TreeOutput(self.link, self.stretch.scale, self.stretch.base)
        details = {
            "features": [asdict(feature) for feature in data.features],
            "encoding": codes_as_json(self.codes),
            "category_encoding": NATIVE,
            "output": output.as_json(),
            "outputs": ensemble.outputs,
            "trees": ensemble.trees,
            "importances": importances(ensemble, self.codes, [feature.name for feature in data.features]),
        }
        return FittedModel(tree_graph(data.features, self.codes, ensemble, output), (), details, trees)

    def _graph(self, data: TrainingData) -> bytes:
        graph = GraphBuilder(data.features)
        raws = []
        if self.trees is not None:
            raws.append(add_ensemble(graph, graph.matrix(self.codes), read_ensemble(self.trees), 1.0, 0.0))
        for number, part in enumerate(self.parts):
            assert part.fitted.graph is not None
            scores = graph.include(part.fitted.graph, f"part_{number}/")
            raw = scores if part.raw else _raw(graph, scores, data)
            raws.append(graph.node("Mul", [raw, graph.constant(part.weight)]))
        total = raws[0]
        for raw in raws[1:]:
            total = graph.node("Add", [total, raw])
        scaled = graph.node("Mul", [total, graph.constant(self.stretch.scale)])
        moved = graph.node("Add", [scaled, graph.constant(self.stretch.base)])
        if self.link is Link.IDENTITY:
            return graph.finish(moved, "score", 1)
        outputs = 1 if self.link is Link.LOGISTIC else len(data.classes)
        found = probabilities(graph, moved, TreeOutput(self.link), outputs)
        return graph.finish(found, "probabilities", len(data.classes))


def texts_read(details: Mapping[str, Json]) -> frozenset[str]:
    """Return the names of the columns that lines through texts read within a model, by its details."""
    of_parts = (part["details"].get(TEXT_LINE, {}) for part in details.get(PARTS, []))
    return frozenset(name for line in of_parts for name in line.get("texts", []))


def _rows_at_once(parts: Sequence[LearnerPart]) -> dict[str, Json]:
    """Return how many rows the graph takes at once, where a part says so."""
    said = [part.fitted.details["rows_at_once"] for part in parts if "rows_at_once" in part.fitted.details]
    return {"rows_at_once": min(said)} if said else {}


def _raw(graph: GraphBuilder, scores: str, data: TrainingData) -> str:
    if data.task is Task.REGRESSION:
        return scores
    logs = graph.node("Log", [graph.node("Max", [scores, graph.constant(LEAST_PROBABILITY)])])
    if len(data.classes) != 2:
        return logs
    first, second = (graph.node("Gather", [logs, graph.constant(np.array([at], np.int64))], axis=1) for at in (0, 1))
    return graph.node("Sub", [second, first])


class EnsembleExplainer:
    """Attributions of an ensemble: those of its members, weighed and summed; additive in the raw output."""

    def __init__(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> None:
        self._stretch = Stretch(**details["stretch"])
        self._link = Link(details["link"])
        self._names = tuple(item["name"] for item in details["features"])
        self._members: list[tuple[float, Explainer]] = []
        if "trees_of" in details:
            self._members.append((1.0, TreeExplainer(details["trees_of"], native)))
        for number, part in enumerate(details[PARTS]):
            own = {name.removeprefix(f"part_{number}."): content for name, content in files.items()}
            if BAG in part["details"]:
                bag = explainers(part["details"], own)
                self._members += [(part["weight"] / len(bag), explainer) for explainer in bag]
                continue
            if TEXT_LINE in part["details"]:
                self._members.append((part["weight"], TextLineExplainer(part["details"], own)))
                continue
            learner = learner_of(part["model_type"])
            explainer: Explainer = learner.explainer(part["details"], None, own)  # type: ignore[attr-defined]
            self._members.append((part["weight"], explainer))

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        values = np.zeros((len(scores), len(self._names)))
        baseline, prediction = np.zeros(len(scores)), np.zeros(len(scores))
        exact = True
        for weight, explainer in self._members:
            found = explainer.attributions(columns, scores, approximate=approximate)
            places = [self._names.index(name) for name in found.features]
            values[:, places] += weight * found.values
            baseline += weight * found.baseline
            prediction += weight * found.prediction
            exact = exact and found.exact
        values *= self._stretch.scale
        base = np.full(len(scores), self._stretch.base)
        if self._link is Link.LOGISTIC:
            base[np.argmax(scores, axis=1) == 0] *= -1.0
        baseline, prediction = (part * self._stretch.scale + base for part in (baseline, prediction))
        return Attributions(self._names, values, baseline, prediction, exact)

    def predictions(self, columns: pa.Table, scores: Floats) -> Floats:
        """Return the raw output (n,) of each row as the members give it, for the class with the highest of `scores`."""
        total = np.zeros(len(scores))
        for weight, explainer in self._members:
            if isinstance(explainer, TreeExplainer):
                total += weight * explainer.predictions(columns, scores)
            else:
                total += weight * explainer.attributions(columns, scores, approximate=True).prediction
        sign = np.where(np.argmax(scores, axis=1) == 0, -1.0, 1.0) if self._link is Link.LOGISTIC else 1.0
        found: Floats = total * self._stretch.scale + sign * self._stretch.base
        return found
