"""What the routes work with, made once by `create_app`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.background import BackgroundTask
from starlette.requests import Request

from penstock.server.body import Limits
from penstock.server.error import RefusedRequest
from penstock.server.metrics import Metrics
from penstock.server.shared_metrics import SharedMetrics
from penstock.serving.assignment import Wish
from penstock.serving.data_plane import Answer, DataPlane

T = TypeVar("T")
VARIANT_HEADER = "x-penstock-variant"
# Up to so many rows are scored in less time than a change of threads takes.
QUICK_ROWS = 16
_MAX_REQUEST_ID = 200


class Load:
    """What waits for its answer in threads, counted by the event loop's thread alone."""

    def __init__(self) -> None:
        self._requests = 0
        self._rows = 0

    @contextmanager
    def of(self, rows: int, limits: Limits) -> Iterator[None]:
        """Count a request while the block lasts; raises RefusedRequest when it would be one too many.

        A request alone is never too many.
        """
        full = self._requests >= limits.waiting_requests or self._rows + rows > limits.waiting_rows
        if full and self._requests:
            message = f"{self._requests:,} requests of {self._rows:,} rows wait for their answers already."
            raise RefusedRequest(429, "busy", message, "Ask again in a second, and less at once.", retry_after=1)
        self._requests += 1
        self._rows += rows
        try:
            yield
        finally:
            self._requests -= 1
            self._rows -= rows


@dataclass(frozen=True)
class Services:
    """The data plane, and what the server adds to it. Work that takes long goes to `threads`.

    `shared` are the counts of the other processes that answer on the same port, if there are any.
    """

    plane: DataPlane
    limits: Limits
    metrics: Metrics
    shared: SharedMetrics | None = None
    load: Load = field(default_factory=Load)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "penstock-request"))

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, without holding up other requests meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def predict(
        self, endpoint: str, rows: list[object], request_id: str | None, wish: Wish, *, parsed_json: bool
    ) -> Answer:
        """Return the data plane's answer, asked in this thread when that is quickest."""

        def ask() -> Answer:
            return self.plane.predict(endpoint, rows, request_id, wish=wish, parsed_json=parsed_json)

        if len(rows) <= QUICK_ROWS and self.is_quick(endpoint):
            return ask()
        with self.load.of(len(rows), self.limits):
            return await self.in_thread(ask)

    def is_quick(self, endpoint: str) -> bool:
        """Whether few rows of the endpoint are answered so fast that a thread of their own would cost more."""
        return all(model.quick for model in self.plane.route(endpoint).models.values())

    def shadow_task(self, answer: Answer) -> BackgroundTask | None:
        """Return what to do after the answer is sent: let the shadow version answer too."""
        if answer.route.shadow is None:
            return None
        return BackgroundTask(self._offer_shadow, answer)

    async def close(self) -> None:
        """Wait for what is still at work."""
        await self.in_thread(self.plane.shadows.drain)
        self.threads.shutdown(wait=True)

    async def _offer_shadow(self, answer: Answer) -> None:
        self.plane.shadows.offer(answer)


def wish_of(request: Request, key: object = None, version: int | None = None) -> Wish:
    """Return what a request says of who is to answer it: `key` from its body, the variant from its header."""
    return Wish(key, request.headers.get(VARIANT_HEADER) or None, version)


def request_id_of(request: Request, given: object = None) -> str | None:
    """Return the caller's name for the request, from its header `X-Request-Id` or its body; None without one."""
    header = request.headers.get("x-request-id")
    # Starlette gives a header's bytes as Latin-1.
    return checked_request_id(header.encode("latin-1") if header else None, given)


def checked_request_id(header: bytes | None, given: object) -> str | None:
    """Return the caller's name for a request, from the bytes of its header or from its body; None without one."""
    # Whoever sends more than ASCII sends UTF-8.
    found = header.decode("utf-8", "replace") if header else given
    if found is None or found == "":
        return None
    if not isinstance(found, str) or len(found) > _MAX_REQUEST_ID:
        message = f"The request's id must be a text of at most {_MAX_REQUEST_ID} characters."
        raise RefusedRequest(400, "request-id", message)
    return found
