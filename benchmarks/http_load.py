"""Load over HTTP: many keep-alive connections that each send the next request when the last one is answered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.measurement import ROOT, run_process

CONNECTIONS = 16


class _Caller(asyncio.Protocol):
    """One connection. `waits` has the seconds of each answered request."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request, self._until = request, until
        self._received = b""
        self._sent = 0.0
        self.waits: list[float] = []
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not is_whole(self._received):
            return
        now = time.perf_counter()
        self.waits.append(now - self._sent)
        self.refused += not self._received.startswith(b"HTTP/1.1 200")
        self._received = b""
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name that asyncio calls it by
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)


def is_whole(received: bytes) -> bool:
    """Whether the bytes are a whole answer, of a told length or in chunks."""
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip() == b"content-length":
            return len(body) >= int(value)
        if name.strip() == b"transfer-encoding" and value.strip() == b"chunked":
            return body.endswith(b"0\r\n\r\n")
    raise ValueError("The answer does not say how long it is.")


async def _load(port: int, request: bytes, seconds: float, connections: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    callers = [
        (await loop.create_connection(lambda: _Caller(request, until), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(caller.done for caller in callers))
    waits = sorted(wait for caller in callers for wait in caller.waits)
    return {
        "rate": len(waits) / seconds,
        "refused": sum(caller.refused for caller in callers),
        "median_ms": statistics.median(waits) * 1e3,
        "p99_ms": waits[int(len(waits) * 0.99)] * 1e3,
    }


def load(
    port: int,
    path: str,
    body: Any,
    seconds: float,
    folder: Path,
    *,
    connections: int = CONNECTIONS,
    media_type: str = "application/json",
) -> dict[str, float]:
    """Put load on a server from a process of its own; return requests a second and how long they waited.

    `body` is sent as JSON, bytes as they are.
    """
    content = folder / "body"
    content.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    asked = [str(port), path, content, str(seconds), str(connections), media_type]
    command = [sys.executable, "-m", "benchmarks.http_load", *asked]
    found: dict[str, float] = json.loads(run_process(command)[2])
    return found


@contextmanager
def server(command: Sequence[str | Path], port: int, ready: str, log: Path, **options: Any) -> Iterator[Any]:
    """Run a server while the block lasts, which begins when the path `ready` answers."""
    with log.open("ab") as told:
        process = subprocess.Popen(
            [str(p) for p in command], stdout=told, stderr=told, cwd=ROOT, start_new_session=True, **options
        )
    try:
        wait_until_ready(process, f"http://127.0.0.1:{port}{ready}", log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            # Some servers leave processes of theirs behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path, seconds: float = 90) -> None:
    """Return when the address answers with 200; raise RuntimeError when the process ends or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"{address} did not answer:\n{log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _main() -> None:
    port, path, body, seconds, connections, media_type = sys.argv[1:]
    content = Path(body).read_bytes()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    print(json.dumps(run(_load(int(port), head.encode() + content, float(seconds), int(connections)))))


if __name__ == "__main__":
    _main()
