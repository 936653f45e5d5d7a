"""What the tests of learn share: a short way to train, and the penguins of the published BigQuery ML "
"outputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.options import GivenOption
from penstock.learn.training import TrainedModel, train

ORACLES = Path("/work/shared/data/bigquery-ml-oracles")


@pytest.fixture
def trained() -> Callable[..., TrainedModel]:
    """Train with options as keywords; `label` names the label column."""

    def with_options(table: pa.Table, *, label: str = "label", seed: int = 1, earlier=None, **options) -> TrainedModel:
        given = {name: GivenOption(value) for name, value in {"input_label_cols": [label], **options}.items()}
        return train(table, given, seed=seed, threads=1, progress=lambda done, most, note: None, warm_start=earlier)

    return with_options


@pytest.fixture(scope="session")
def penguins() -> pa.Table:
    """The 344 penguins, some of whose sex and measures are NULL."""
    if not ORACLES.is_dir():
        pytest.skip("the published outputs of BigQuery ML are not on this machine")
    from pyarrow import json

    return json.read_json(ORACLES / "penguins.jsonl")
