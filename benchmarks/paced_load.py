"""Load at a given rate, whatever the server does: how long answers take from when their requests were due.

A request that is due while the one before it on its connection has no answer waits, and its wait counts (Tene: «How
NOT to Measure Latency»: a client that asks only once it is answered leaves out the worst).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.http_load import is_whole
from benchmarks.measurement import run_process

CONNECTIONS = 64


class _Caller(asyncio.Protocol):
    """One connection, whose requests are due at even distances."""

    def __init__(self, request: bytes, first: float, distance: float, until: float) -> None:
        self._request, self._due, self._distance, self._until = request, first, distance, until
        self._received = b""
        self.waits: list[float] = []
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not is_whole(self._received):
            return
        self.waits.append(time.perf_counter() - self._due)
        self.refused += not self._received.startswith(b"HTTP/1.1 200")
        self._received = b""
        self._due += self._distance
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name that asyncio calls it by
        if not self.done.done():
            self.done.set_result(None)

    def _next(self) -> None:
        if self._due >= self._until:
            self._transport.close()
            return
        left = self._due - time.perf_counter()
        if left <= 0:
            self._transport.write(self._request)
        else:
            asyncio.get_running_loop().call_later(left, self._transport.write, self._request)


async def _load(port: int, request: bytes, rate: float, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    begin, distance = time.perf_counter() + 0.2, CONNECTIONS / rate
    callers = [
        (
            await loop.create_connection(
                lambda place=place: _Caller(request, begin + place / rate, distance, begin + seconds), "127.0.0.1", port
            )
        )[1]
        for place in range(CONNECTIONS)
    ]
    await asyncio.gather(*(caller.done for caller in callers))
    waits = sorted(wait for caller in callers for wait in caller.waits)
    return {
        "rate": len(waits) / (time.perf_counter() - begin),
        "refused": sum(caller.refused for caller in callers),
        "median_ms": waits[len(waits) // 2] * 1e3,
        "p99_ms": waits[int(len(waits) * 0.99)] * 1e3,
    }


def paced(port: int, path: str, body: Any, rate: float, seconds: float, folder: Path) -> dict[str, float]:
    """Return the waits of requests that come at a rate, put on by a process of its own."""
    content = folder / "paced.json"
    content.write_bytes(json.dumps(body).encode())
    command = [sys.executable, "-m", "benchmarks.paced_load", str(port), path, content, str(rate), str(seconds)]
    found: dict[str, float] = json.loads(run_process(command)[2])
    return found


def _main() -> None:
    port, path, body, rate, seconds = sys.argv[1:]
    content = Path(body).read_bytes()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    import uvloop

    print(json.dumps(uvloop.run(_load(int(port), head.encode() + content, float(rate), float(seconds)))))


if __name__ == "__main__":
    _main()
