"""A model that only keeps what its TRANSFORM has learned: BigQuery ML's TRANSFORM_ONLY."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.learner import FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.schema import Task


class TransformOnly:
    """Preprocessing without a model behind it; ML.TRANSFORM applies it."""

    model_type = "transform_only"
    task = Task.PREPROCESSING
    summary = "The statistics of a TRANSFORM clause (means, quantiles, vocabularies), frozen for ML.TRANSFORM."
    options: tuple[OptionSpec, ...] = ()

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],  # noqa: ARG002
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Return a model without a graph: what was learned stands in the manifest's TRANSFORM."""
        progress(1, 1, f"{data.columns.num_columns} columns made")
        return FittedModel(None, (), {})
