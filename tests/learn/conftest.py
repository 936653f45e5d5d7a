"""What the tests of learn share: a short way to train, and the penguins of BigQuery ML's published outputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.options import GivenOption
from penstock.learn.fitting import TrainedModel
from penstock.learn.training import train


@pytest.fixture
def trained() -> Callable[..., TrainedModel]:
    """Train with options as keywords; `label` names the label column, None where the task has none."""

    def with_options(
        table: pa.Table, *, label: str | None = "label", seed: int = 1, earlier=None, **options
    ) -> TrainedModel:
        label_option = {} if label is None else {"input_label_cols": [label]}
        given = {name: GivenOption(value) for name, value in {**label_option, **options}.items()}
        return train(table, given, seed=seed, threads=1, progress=lambda done, most, note: None, warm_start=earlier)

    return with_options


@pytest.fixture(scope="session")
def penguins() -> pa.Table:
    """The 344 penguins, some of whose sex and measures are NULL."""
    from pyarrow import json

    return json.read_json(Path(__file__).parents[1] / "data" / "bigquery-ml" / "penguins.jsonl")
