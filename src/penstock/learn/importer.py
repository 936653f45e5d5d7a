"""The contract between the import of a model and its file format: bytes in, an ONNX graph and its description out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from penstock.core.options import OptionSpec
from penstock.learn.learner import ModelType
from penstock.learn.schema import Feature

Json = Any

MODEL_PATH = OptionSpec(
    "model_path",
    "string",
    None,
    "The file that holds the model: below the project's folder, or an s3:// address. When the file changes, the next "
    "run makes a new version.",
)


@dataclass(frozen=True)
class ImportField:
    """A field of INPUT (…) or OUTPUT (…): its name, its GoogleSQL type, and whether it is an ARRAY of it."""

    name: str
    type: str
    repeated: bool = False


@dataclass(frozen=True)
class GraphOutput:
    """An output of an imported model: the graph's tensor and the column that it becomes.

    `type` is the Arrow type of one value as text; `repeated` tells of a list a row. With `classes`, the tensor [n, k]
    becomes for each row the k classes with their scores, as the map that the file's own format would give.
    """

    tensor: str
    name: str
    type: str
    repeated: bool
    classes: tuple[Json, ...] | None = None


@dataclass(frozen=True)
class GraphInput:
    """An input tensor of an imported graph, of the feature of the same name.

    `dtype` is its NumPy type; `shape` its dimensions after the first, None for one that is free. `batch` is the number
    of rows that the graph takes at a time, None for any.
    """

    tensor: str
    dtype: str
    shape: tuple[int | None, ...]
    batch: int | None = None


@dataclass(frozen=True)
class ImportedModel:
    """What a file holds: `graph` is ONNX, `features` are its inputs in the order of `inputs`.

    `original` is the file's own graph, where it is ONNX and `graph` is not the same bytes.
    """

    graph: bytes
    features: tuple[Feature, ...]
    inputs: tuple[GraphInput, ...]
    outputs: tuple[GraphOutput, ...]
    details: Mapping[str, Json] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    original: bytes | None = None


class Importer(ModelType, Protocol):
    """A file format of models that were made elsewhere. Implementations are stateless."""

    def read(
        self,
        content: bytes,
        inputs: Sequence[ImportField],
        outputs: Sequence[ImportField],
    ) -> ImportedModel:
        """Return the model of a file; raises BadData for one that cannot be used, InvalidOption for fields that do not
        fit it.
        """
        ...
