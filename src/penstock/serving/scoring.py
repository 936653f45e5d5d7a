"""A version in service: from checked rows to predictions as JSON."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.lake.database import Lake
from penstock.learn.artifact import LoadedModel
from penstock.learn.autoencoder import LOSSES
from penstock.learn.imported_answer import served_manifest
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import predicted_classes
from penstock.learn.related_feature import asked_inputs, related_of
from penstock.learn.schema import Task
from penstock.serving.class_key import class_key
from penstock.serving.imported_prediction import imported_predictions
from penstock.serving.related_row import RelatedRunner
from penstock.serving.row import CheckedRows, InvalidRows, RowFinding, RowReader
from penstock.serving.row_batch import record_batch
from penstock.serving.transform import TransformRunner

Json = Any
# Up to here, rows scored one by one are faster than through Arrow.
_FEW_ROWS = 8


class ServedModel:
    """One version of a model, ready to answer. Immutable, and safe to use from many threads."""

    def __init__(
        self, model: str, version: int, loaded: LoadedModel, lake: Lake, related_lake: Lake | None = None
    ) -> None:
        """`lake` computes what of a TRANSFORM no graph does; `related_lake` has the tables of a model with relations,
        `lake` without it.
        """
        self.model = model
        self.version = version
        self.manifest: Manifest = served_manifest(loaded.manifest)
        self._imported = loaded.manifest.task is Task.IMPORTED
        related = related_of(self.manifest.details)
        self._related = RelatedRunner(related, related_lake or lake) if related else None
        self.reader = RowReader(asked_inputs(self.manifest.inputs, self.manifest.details))
        self._loaded = loaded
        self._class_keys = [class_key(label) for label in self.manifest.classes]
        self._transform = TransformRunner(self.manifest.transform, lake) if self.manifest.transform else None
        self._compiled = loaded.has_transform_in_graph
        self._counting = threading.Lock()
        self.rows_transformed_by_sql = 0

    @property
    def quick(self) -> bool:
        """Whether a few rows take so little time that a thread of their own would cost more."""
        return not self._imported and self._related is None and (self._transform is None or self._compiled)

    def completed(self, rows: CheckedRows) -> CheckedRows:
        """Return rows as they were asked with all that the model takes: what related tables tell of them now."""
        return rows if self._related is None else self._related.completed(rows)

    def predict(self, rows: CheckedRows) -> list[dict[str, Json]]:
        """Return a prediction for each row, in order.

        `prediction` is the number, None where the model gives none; the class in the label's own JSON type, with
        `probabilities` by class, ascending; the number of the nearest centroid, from 1, with `distances` to all of
        them; the list of principal components; or that of latent columns, with the `reconstruction_loss`; of an
        imported model what `imported_predictions` says. Raises InvalidRows when a number is out of range.
        """
        if self._imported:
            return imported_predictions(self._loaded, self.manifest, rows)
        try:
            scores = self._score(rows)
        except OverflowError as problem:
            raise InvalidRows(RowFinding(InvalidRows.code, f"A number is out of range: {problem}.")) from problem
        match self.manifest.task:
            case Task.REGRESSION | Task.RECOMMENDATION:
                return [{"prediction": value if np.isfinite(value) else None} for value in scores.ravel().tolist()]
            case Task.CLASSIFICATION:
                codes = predicted_classes(scores, self.manifest.threshold).tolist()
                return [
                    {
                        "prediction": self.manifest.classes[code],
                        "probabilities": dict(zip(self._class_keys, row, strict=True)),
                    }
                    for code, row in zip(codes, scores.tolist(), strict=True)
                ]
            case Task.CLUSTERING:
                nearest = (np.argmin(scores, axis=1) + 1).tolist()
                return [
                    {"prediction": number, "distances": row}
                    for number, row in zip(nearest, scores.tolist(), strict=True)
                ]
            case Task.AUTOENCODING:
                return [
                    {
                        "prediction": row[: -len(LOSSES)],
                        "reconstruction_loss": dict(zip(LOSSES, row[-len(LOSSES) :], strict=True)),
                    }
                    for row in scores.tolist()
                ]
            case _:
                return [{"prediction": row} for row in scores.tolist()]

    def warm_up(self) -> None:
        """Answer one row of NULLs, so that the first caller does not wait for what is prepared lazily.

        An imported model is left alone: what its graph makes of such a row is not known, and nothing of it is lazy.
        """
        if self._imported:
            return
        empty: Mapping[str, object] = {feature.name: None for feature in self.reader.features}
        self.predict(self.completed(CheckedRows([empty], [empty])))

    def _score(self, rows: CheckedRows) -> NDArray[np.float64]:
        if self._transform is None and len(rows) <= _FEW_ROWS:
            few: NDArray[np.float64] = np.stack([self._loaded.score_row(values) for values in rows.values])
            return few
        batch = record_batch(rows, self.manifest.inputs)
        if self._transform is None:
            return self._loaded.score(batch)
        if self._compiled:
            scores, doubtful = self._loaded.score_raw(batch)
            if not doubtful.any():
                return scores
        with self._counting:
            self.rows_transformed_by_sql += len(rows)
        return self._loaded.score(self._transform.apply(batch))
