"""The JSON half of an artifact: everything about a trained model that is not its graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from penstock.core.errors import CorruptArtifact, InternalError
from penstock.learn.learner import Iteration
from penstock.learn.schema import Feature, Task, features_from_json

FORMAT = 1
# The key of a manifest's details under which a model that was judged in turns keeps the metrics of each.
FOLDS = "folds"
# The key under which a classifier of two classes keeps the threshold that was found for it, where one was.
THRESHOLD = "threshold"
# Of two classes the greater is predicted above this probability, where nothing else is said.
USUAL_THRESHOLD = 0.5
# What a manifest says of a model whose rows were judged by those of its members that were not fitted on them.
OUT_OF_FOLD = "all rows, each by members that were not fitted on it"
Json = Any
# Before the name of a raw column that TRANSFORM reads, where it stands beside what became of it.
RAW_INPUT = "\ufdd0raw "


@dataclass(frozen=True)
class TransformColumn:
    """One output of a TRANSFORM clause: plain scalar DuckDB SQL over the raw columns, statistics frozen in
    it; `reads` are the raw columns in it.
    """

    name: str
    sql: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transform:
    """A frozen TRANSFORM clause.

    `inputs` are the raw columns that it reads, with their Arrow types as text. `order` names all outputs of the clause,
    with those that are no features since they are the label, say; a model of before it was kept has none.
    """

    columns: tuple[TransformColumn, ...]
    inputs: tuple[Feature, ...]
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """What a model's artifact says about itself.

    `features` are what the graph takes (after TRANSFORM). `label` and `label_arrow` are empty for a task without
    a label. `classes` are ascending, in the label's own type as
    JSON. `metrics` are those of ML.EVALUATE on the held-out rows, or on the training rows when nothing was
    held out (`judged_on` says which). `feature_info` holds the rows of ML.FEATURE_INFO, of the columns before
    TRANSFORM where there is one; `details` is the family's own.
    """

    model_type: str
    task: Task
    label: str
    label_arrow: str
    classes: tuple[Json, ...]
    features: tuple[Feature, ...]
    transform: Transform | None
    options: Mapping[str, Json]
    seed: int
    train_rows: int
    held_out_rows: int
    judged_on: str
    metrics: Mapping[str, float | None]
    feature_info: tuple[Mapping[str, Json], ...]
    iterations: tuple[Iteration, ...]
    global_attributions: Mapping[str, Json] | None
    details: Mapping[str, Json]
    notes: tuple[str, ...] = ()
    format: int = FORMAT

    def as_json(self) -> str:
        """Return the manifest as JSON text; NaN and infinities never stand in it (they become null)."""
        return json.dumps(_without_nan(asdict(self)), ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)

    @property
    def judged_in_turns(self) -> bool:
        """Whether rows were judged by models of other rows, so that those that judged were fitted on too."""
        return FOLDS in self.details or self.judged_on == OUT_OF_FOLD

    @property
    def threshold(self) -> float:
        """The probability above which the greater of two classes is predicted, unless a caller says another."""
        return float(self.details.get(THRESHOLD, USUAL_THRESHOLD))

    @property
    def width(self) -> int:
        """The number of scores that the graph gives for a row."""
        match self.task:
            case Task.REGRESSION | Task.RECOMMENDATION:
                return 1
            case Task.CLASSIFICATION:
                return len(self.classes)
            case Task.CLUSTERING:
                return len(self.details["clusters"]["radii"])
            case Task.DIMENSION_REDUCTION:
                return len(self.details["principal_component_info"])
            case Task.AUTOENCODING:
                # The latent columns, and three losses of what they give back.
                return int(self.details["latent_columns"]) + 3
            case Task.IMPORTED:
                # Its outputs are what they are; none of them is measured.
                return 0
            case _:
                raise InternalError(f"A model of {self.task} was asked for the scores of rows, which it has not.")

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """The raw columns that a caller must bring: those of the TRANSFORM where there is one."""
        return self.transform.inputs if self.transform else self.features


def read_manifest(text: str) -> Manifest:
    """Return the manifest of a JSON text; raises CorruptArtifact for one that this version cannot read."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise CorruptArtifact.of(
                f"The artifact has format {raw['format']}; this version reads {FORMAT}.",
                hint="Train the model again.",
            )
        transform = raw["transform"]
        return Manifest(
            **{
                **raw,
                "task": Task(raw["task"]),
                "classes": tuple(raw["classes"]),
                "features": features_from_json(raw["features"]),
                "transform": transform
                and Transform(
                    tuple(_transform_column(item) for item in transform["columns"]),
                    features_from_json(transform["inputs"]),
                    tuple(transform.get("order", ())),
                ),
                "feature_info": tuple(raw["feature_info"]),
                "iterations": tuple(Iteration(**item) for item in raw["iterations"]),
                "notes": tuple(raw["notes"]),
            }
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise CorruptArtifact.of(
            f"The artifact's manifest cannot be read: {problem!r}.", hint="Train the model again."
        ) from problem


def _transform_column(raw: Mapping[str, Json]) -> TransformColumn:
    return TransformColumn(raw["name"], raw["sql"], tuple(raw.get("reads", ())))


def _without_nan(value: Json) -> Json:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value
