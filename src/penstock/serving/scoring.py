"""A version in service: from checked rows to predictions as JSON."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from penstock.drift.summary import PROFILE, profile_from_json
from penstock.lake.database import Lake
from penstock.learn.artifact import LoadedModel
from penstock.learn.autoencoder import LOSSES
from penstock.learn.conformal import Conformity, conformity_of
from penstock.learn.imported_answer import served_manifest
from penstock.learn.learner import Attributions, ExplainableLearner
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import predicted_classes
from penstock.learn.registry import learner_of
from penstock.learn.related_feature import asked_inputs, related_of
from penstock.learn.schema import Task
from penstock.serving.class_key import class_key
from penstock.serving.held_model import HeldModel, always_held
from penstock.serving.imported_prediction import imported_predictions
from penstock.serving.input_description import InputColumn, input_columns
from penstock.serving.related_row import RelatedRunner
from penstock.serving.row import CheckedRows, InvalidRows, RowFinding, RowReader
from penstock.serving.row_batch import record_batch
from penstock.serving.transform import TransformRunner

Json = Any


class ServedModel:
    """One version of a model, ready to answer. Immutable, and safe to use from many threads."""

    def __init__(
        self, model: str, version: int, loaded: LoadedModel | HeldModel, lake: Lake, related_lake: Lake | None = None
    ) -> None:
        """`lake` computes what of a TRANSFORM no graph does; `related_lake` has the tables of a model with relations,
        `lake` without it. A held model is loaded, and put away, as its holder will.
        """
        self.model = model
        self.version = version
        # Where the server tells what it is.
        self.card = f"/models/{quote(model, safe='')}/versions/{version}/card"
        self.manifest: Manifest = served_manifest(loaded.manifest)
        self._imported = loaded.manifest.task is Task.IMPORTED
        related = related_of(self.manifest.details)
        self._related = RelatedRunner(related, related_lake or lake) if related else None
        self.reader = RowReader(asked_inputs(self.manifest.inputs, self.manifest.details))
        self._held = loaded if isinstance(loaded, HeldModel) else always_held(loaded)
        self._class_keys = [class_key(label) for label in self.manifest.classes]
        self._transform = TransformRunner(self.manifest.transform, lake) if self.manifest.transform else None
        self._compiled = loaded.has_transform_in_graph
        self._counting = threading.Lock()
        self.rows_transformed_by_sql = 0
        self._conformity: Conformity | None = None

    @property
    def _loaded(self) -> LoadedModel:
        return self._held.get()

    @property
    def quick(self) -> bool:
        """Whether a few rows take so little time now that a thread of their own would cost more."""
        if not self._held.in_memory:
            return False
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

    def explain(self, rows: Sequence[Mapping[str, object]]) -> Attributions | None:
        """Return why rows as they were asked get their scores; None for a model that tells no such thing."""
        if not isinstance(learner_of(self.manifest.model_type), ExplainableLearner) or not self.manifest.label:
            return None
        batch = record_batch(self.completed(CheckedRows(rows, rows)), self.manifest.inputs)
        return self._loaded.explain(batch if self._transform is None else self._transform.apply(batch))

    def inputs_described(self, private: Collection[str] = ()) -> tuple[InputColumn, ...]:
        """Return what a row must have, with what is usual; of `private` columns, case-folded, no value is told."""
        profile = profile_from_json(self._loaded.files[PROFILE].decode()) if PROFILE in self._loaded.files else {}
        return input_columns(self.reader.features, profile, private)

    @property
    def conformity(self) -> Conformity | None:
        """How far off the answers were of rows that the model was not fitted on; None for a model without such rows."""
        judged = self.manifest.held_out_rows > 0 or self.manifest.judged_in_turns
        if self._conformity is None and judged and self.manifest.task in (Task.REGRESSION, Task.CLASSIFICATION):
            # Two threads may make it at once: it is the same.
            self._conformity = conformity_of(self.manifest, self._loaded.evaluation())
        return self._conformity

    def warm_up(self) -> None:
        """Answer one row of NULLs, so that the first caller does not wait for what is prepared lazily.

        An imported model is left alone: what its graph makes of such a row is not known, and nothing of it is lazy.
        """
        if self._imported:
            return
        empty: Mapping[str, object] = {feature.name: None for feature in self.reader.features}
        self.predict(self.completed(CheckedRows([empty], [empty])))

    def _score(self, rows: CheckedRows) -> NDArray[np.float64]:
        if self._transform is None and len(rows) <= self._loaded.few_rows:
            return self._loaded.score_rows(rows.values)
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
