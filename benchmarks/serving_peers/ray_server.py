"""Ray Serve with batching: `python ray_server.py PORT`."""

from __future__ import annotations

import sys
import time
from typing import Any

import ray
from pipeline import Scorer
from ray import serve
from starlette.requests import Request


@serve.deployment(num_replicas=1, max_ongoing_requests=200)
class Api:
    def __init__(self) -> None:
        self._scorer = Scorer()

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.002)
    async def predict(self, rows: list[Any]) -> list[dict[str, Any]]:
        return self._scorer.score(rows)

    async def __call__(self, request: Request) -> dict[str, Any]:
        if request.method == "GET":
            return {}
        found: dict[str, Any] = await self.predict((await request.json())["rows"][0])
        return found


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Api.bind(), route_prefix="/")
    while True:
        time.sleep(3600)
