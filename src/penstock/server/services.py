"""What the routes work with, made once by `create_app`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.background import BackgroundTask
from starlette.requests import Request

from penstock.core.errors import UserError
from penstock.server.body import Limits
from penstock.server.error import LOGGER, RefusedRequest
from penstock.server.metrics import Metrics
from penstock.serving.data_plane import Answer, DataPlane

T = TypeVar("T")
# Up to so many rows are scored in less time than a change of threads takes.
QUICK_ROWS = 16
# A shadow that cannot keep up loses answers rather than the server its memory.
_MAX_SHADOWS = 1000
_MAX_REQUEST_ID = 200


@dataclass(frozen=True)
class Services:
    """The data plane, and what the server adds to it. Work that takes long goes to `threads`."""

    plane: DataPlane
    limits: Limits
    metrics: Metrics
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "penstock-request"))
    shadows: set[asyncio.Task[None]] = field(default_factory=set)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, without holding up other requests meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def predict(
        self, endpoint: str, rows: list[object], request_id: str | None, version: int | None, *, parsed_json: bool
    ) -> Answer:
        """Return the data plane's answer, asked in this thread when that is quickest."""

        def ask() -> Answer:
            return self.plane.predict(endpoint, rows, request_id, version=version, parsed_json=parsed_json)

        route = self.plane.route(endpoint)
        if len(rows) <= QUICK_ROWS and all(model.quick for model in route.models.values()):
            return ask()
        return await self.in_thread(ask)

    def shadow_task(self, answer: Answer) -> BackgroundTask | None:
        """Return what to do after the answer is sent: let the shadow version answer too."""
        if answer.route.shadow is None:
            return None
        return BackgroundTask(self._start_shadow, answer)

    async def close(self) -> None:
        """Wait for what is still at work."""
        await asyncio.gather(*self.shadows)
        self.threads.shutdown(wait=True)

    async def _start_shadow(self, answer: Answer) -> None:
        if len(self.shadows) >= _MAX_SHADOWS:
            self.metrics.shadow_failed(answer.endpoint, "dropped")
            return
        # A task of its own: the connection's next request must not wait for it.
        task = asyncio.create_task(self._shadow(answer))
        self.shadows.add(task)
        task.add_done_callback(self.shadows.discard)

    async def _shadow(self, answer: Answer) -> None:
        try:
            await self.in_thread(lambda: self.plane.score_shadow(answer))
        except UserError as problem:
            self.metrics.shadow_failed(answer.endpoint, "failed")
            LOGGER.warning("The shadow version of endpoint %s failed: %s", answer.endpoint, problem)


def request_id_of(request: Request, given: object = None) -> str | None:
    """Return the caller's name for the request, from its header `X-Request-Id` or its body; None without one."""
    header = request.headers.get("x-request-id")
    # Starlette gives a header's bytes as Latin-1; whoever sends more than ASCII sends UTF-8.
    found = header.encode("latin-1").decode("utf-8", "replace") if header else given
    if found is None or found == "":
        return None
    if not isinstance(found, str) or len(found) > _MAX_REQUEST_ID:
        message = f"The request's id must be a text of at most {_MAX_REQUEST_ID} characters."
        raise RefusedRequest(400, "request-id", message)
    return found
