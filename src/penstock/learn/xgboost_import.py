"""XGBoost's files as models: its trees become the graph's tree operator, so that nothing of XGBoost is needed to score.

A model is read from its own JSON or UBJSON (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html).
XGBoost compares in float32, `value < threshold`; the graph rounds the columns to float32 and compares with the next
smaller threshold, so that every row takes the same path. Leaves are summed in float64.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.core.errors import BadData, InvalidOption
from penstock.core.options import OptionSpec
from penstock.learn.graph import GraphBuilder, input_name
from penstock.learn.importer import MODEL_PATH, GraphInput, GraphOutput, ImportedModel, ImportField
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.learn.tree_ensemble import TreeEnsemble, add_ensemble
from penstock.learn.ubjson import read_ubjson
from penstock.learn.xgboost_tree import read_trees

Json = Any
_AGAIN = "Save the model with Booster.save_model('model.json') of XGBoost 1.0 or newer."
_SIGMOID = frozenset({"binary:logistic", "reg:logistic"})
_EXP = frozenset({"count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"})
_RAW = frozenset(
    {
        "reg:squarederror",
        "reg:linear",
        "reg:squaredlogerror",
        "reg:absoluteerror",
        "reg:pseudohubererror",
        "reg:quantileerror",
        "binary:logitraw",
        "binary:hinge",
        "multi:softprob",
        "multi:softmax",
        "rank:pairwise",
        "rank:ndcg",
        "rank:map",
    }
)
OBJECTIVES = _SIGMOID | _EXP | _RAW
DEFAULT_OUTPUT = "predicted_label"


@dataclass(frozen=True)
class _Booster:
    """What an XGBoost file says. `base` is the margin of each output before the trees."""

    objective: str
    names: tuple[str, ...]
    features: int
    base: tuple[float, ...]
    trees: TreeEnsemble


class XgboostImporter:
    """A model file of XGBoost, JSON or UBJSON."""

    @property
    def model_type(self) -> str:
        return "xgboost"

    @property
    def task(self) -> Task:
        return Task.IMPORTED

    @property
    def summary(self) -> str:
        return "A model file of XGBoost (Chen & Guestrin 2016), JSON or UBJSON; XGBoost itself is not needed."

    @property
    def options(self) -> tuple[OptionSpec, ...]:
        return (MODEL_PATH,)

    def read(
        self,
        content: bytes,
        inputs: Sequence[ImportField],
        outputs: Sequence[ImportField],
    ) -> ImportedModel:
        """Return the trees as a graph; raises BadData for a file that is none, InvalidOption for other fields."""
        booster = _booster(_document(content))
        names = _input_names(booster, inputs)
        output = _output(booster, outputs)
        features = tuple(Feature(name, FeatureType.NUMBER, "double") for name in names)
        graph = _graph(booster, features)
        taken = tuple(GraphInput(input_name(name), "float64", (1,)) for name in names)
        details = {"objective": booster.objective, "importances": _importances(booster.trees, names)}
        return ImportedModel(graph, features, taken, (output,), details)


def _document(content: bytes) -> Json:
    if content[:4] == b"binf" or (content[:1] != b"{" and b"{L" not in content[:16]):
        message = "The file is not XGBoost's JSON or UBJSON; it may be of the binary format that XGBoost has given up."
        raise BadData.of(message, hint=_AGAIN)
    if content[1:2] in (b"L", b"l", b"i", b"U", b"I", b"$", b"#"):
        return read_ubjson(content)
    try:
        return json.loads(content)
    except ValueError as problem:
        raise BadData.of(f"The file is not XGBoost's JSON: {problem}.", hint=_AGAIN) from problem


def _booster(document: Json) -> _Booster:
    try:
        learner = document["learner"]
        objective = str(learner["objective"]["name"])
        booster = learner["gradient_booster"]
        kind = str(booster.get("name", "gbtree"))
        if kind not in ("gbtree", "dart"):
            raise BadData.of(f"An XGBoost model of the booster {kind!r} is not read: only trees are.", hint=_AGAIN)
        if objective not in OBJECTIVES:
            known = ", ".join(sorted(OBJECTIVES))
            raise BadData.of(f"The XGBoost objective {objective!r} is not read.", hint=f"These are: {known}.")
        parameters = learner["learner_model_param"]
        outputs = max(int(parameters["num_class"]), 1)
        features = int(parameters["num_feature"])
        if int(parameters.get("num_target", 1)) > 1:
            raise BadData.of("An XGBoost model of several targets is not read.", hint="Save one model a target.")
        base = base_margin(str(parameters["base_score"]), objective, outputs)
        trees = read_trees(booster, outputs, features)
        names = tuple(str(name) for name in learner.get("feature_names") or ())
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        raise BadData.of(f"The file is not an XGBoost model that can be read: {problem!r}.", hint=_AGAIN) from problem
    return _Booster(objective, names, features, base, trees)


def base_margin(text: str, objective: str, outputs: int) -> tuple[float, ...]:
    """Return the margin that every row starts from; the file holds it as a prediction."""
    given = np.array([float(part) for part in text.strip("[]").split(",")], np.float32).astype(np.float64)
    if objective in _SIGMOID:
        given = np.log(given / (1.0 - given))
    elif objective in _EXP:
        given = np.log(given)
    if not np.isfinite(given).all() or len(given) not in (1, outputs):
        raise ValueError(f"the base_score {text!r}")
    return tuple(np.broadcast_to(given, outputs).tolist())


def _input_names(booster: _Booster, inputs: Sequence[ImportField]) -> tuple[str, ...]:
    declared = [field.name for field in inputs]
    for field in inputs:
        if field.repeated or field.type in ("STRING", "BOOL"):
            message = f"The field {field.name} of INPUT must be a number: XGBoost's features are."
            raise InvalidOption.of(message, hint="Give it the type FLOAT64 or INT64.")
    if not declared:
        if not booster.names:
            message = f"The file does not name its {booster.features} features."
            raise InvalidOption.of(message, hint="Name them in their order: INPUT (f1 FLOAT64, f2 FLOAT64, …).")
        return booster.names
    if len(declared) != booster.features:
        message = f"INPUT declares {len(declared)} fields; the XGBoost model has {booster.features} features."
        hint = f"They are: {', '.join(booster.names)}." if booster.names else "Name all of them, in their order."
        raise InvalidOption.of(message, hint=hint)
    own = {name.casefold() for name in booster.names}
    if own and own != {name.casefold() for name in declared}:
        strange = next(name for name in declared if name.casefold() not in own)
        message = f"INPUT declares {strange!r}, which is none of the XGBoost model's features."
        raise InvalidOption.of(message, hint=f"They are: {', '.join(booster.names)}.")
    # A file that names its features says their order too.
    return booster.names or tuple(declared)


def _output(booster: _Booster, outputs: Sequence[ImportField]) -> GraphOutput:
    if len(outputs) > 1:
        message = f"OUTPUT declares {len(outputs)} fields; an XGBoost model gives one."
        raise InvalidOption.of(message, hint="Declare one field of FLOAT64.")
    repeated = booster.objective == "multi:softprob"
    if outputs and outputs[0].type != "FLOAT64":
        field = outputs[0]
        raise InvalidOption.of(f"The field {field.name} of OUTPUT must be FLOAT64, not {field.type}.")
    name = outputs[0].name if outputs else DEFAULT_OUTPUT
    return GraphOutput("score", name, "double", repeated)


def _graph(booster: _Booster, features: Sequence[Feature]) -> bytes:
    from onnx import TensorProto

    graph = GraphBuilder(features)
    columns = graph.concatenate([graph.number(feature.name) for feature in features])
    rounded = graph.node("Cast", [columns], to=TensorProto.FLOAT)
    matrix = graph.node("Cast", [rounded], to=TensorProto.DOUBLE)
    raw = add_ensemble(graph, matrix, booster.trees, 1.0, 0.0)
    margin = graph.node("Add", [raw, graph.constant(np.array([booster.base], np.float64))])
    return graph.finish(_linked(graph, margin, booster.objective), "score", _width(booster))


def _width(booster: _Booster) -> int:
    return 1 if booster.objective == "multi:softmax" else booster.trees.outputs


def _linked(graph: GraphBuilder, margin: str, objective: str) -> str:
    """Return the tensor of predictions, as `Booster.predict` gives them."""
    from onnx import TensorProto

    if objective in _SIGMOID:
        return graph.node("Sigmoid", [margin])
    if objective in _EXP:
        return graph.node("Exp", [margin])
    match objective:
        case "multi:softprob":
            return graph.node("Softmax", [margin], axis=1)
        case "multi:softmax":
            place = graph.node("ArgMax", [margin], axis=1, keepdims=1)
            return graph.node("Cast", [place], to=TensorProto.DOUBLE)
        case "binary:hinge":
            positive = graph.node("Greater", [margin, graph.constant(0.0)])
            return graph.node("Cast", [positive], to=TensorProto.DOUBLE)
    return margin


def _importances(trees: TreeEnsemble, names: Sequence[str]) -> list[dict[str, Json]]:
    """Return weight, mean gain and mean cover of each feature that has a split, as XGBoost's get_score does."""
    splits = np.bincount(trees.feature, minlength=len(names))
    gain = np.bincount(trees.feature, trees.gain, minlength=len(names))
    cover = np.bincount(trees.feature, trees.node_weight, minlength=len(names))
    return [
        {
            "feature": name,
            "weight": float(splits[place]),
            "gain": float(gain[place] / splits[place]),
            "cover": float(cover[place] / splits[place]),
        }
        for place, name in enumerate(names)
        if splits[place]
    ]
