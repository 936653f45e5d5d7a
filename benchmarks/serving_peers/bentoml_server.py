"""BentoML with adaptive batching: `bentoml serve bentoml_server:Api --port PORT`."""

from __future__ import annotations

from typing import Any

import bentoml
from pipeline import Scorer


@bentoml.service(workers=1, traffic={"timeout": 60, "max_concurrency": 1000})
class Api:
    def __init__(self) -> None:
        self._scorer = Scorer()

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=1000)
    def predict(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return self._scorer.score(rows)
