"""HTTP of a connection: plain requests for predictions by the short way, everything else as ASGI has it.

The short way answers without a task, without objects for the request, and together with what other connections ask at
the same time. It takes a request only when all of it is there and nothing about it is unusual; whatever else comes
about, a mistake of the caller's too, the same bytes go to the parser and the application, as if they came just then.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Sequence
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from penstock.server.micro_batch import MicroBatch
from penstock.server.predict_head import BEGINNING, HEAD_END

# A body of more bytes has many rows, and is not waited for here.
MOST_BODY = 64 << 10
# Clients send a body right after its head. The application knows how long to wait for the others.
_PATIENCE = 0.5


class PredictProtocol(HttpToolsProtocol):
    """One connection. Requests of it are answered in their order, one after the other."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        batch: MicroBatch,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._batch = batch
        # The parser has the beginning of a request.
        self._inside = False
        # A request waits for its answer; what comes meanwhile is held.
        self._waiting = False
        self._held = b""
        # A request whose body is not all there, and how many bytes it will have.
        self._gathered = b""
        self._expected = 0
        self._patience: TimerHandle | None = None
        self._ending = False
        self._answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        if self._waiting:
            self._held += data
            self.flow.pause_reading()
            return
        if self._gathered:
            self._gathered += data
            if len(self._gathered) < self._expected:
                return
            data = self._taken()
        if not data.startswith(BEGINNING) or not self._is_between_requests() or not self._ask(data):
            super().data_received(data)

    def answer(self, content: bytes) -> None:
        """Send the answer to the request that waits, and go on with what came behind it."""
        self._waiting = False
        if self.transport.is_closing():
            return
        self.server_state.total_requests += 1
        head = _head(self.server_state.default_headers, len(content), close=self._ending)
        self.transport.write(head + content)
        if self._ending:
            self.transport.close()
            return
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch(self.timeout_keep_alive)
        self._go_on()

    def hand_over(self, data: bytes) -> None:
        """Let the application answer the request that waits, and go on with what came behind it."""
        self._waiting = False
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._ending:
            super().shutdown()
        self._go_on()

    def on_message_begin(self) -> None:
        self._inside = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._inside = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._taken()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self._waiting:
            self._ending = True
            return
        self._give_up()
        super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        # The timer is not set anew for each answer, it looks when the last one was.
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if self._waiting or self._gathered:
            left = self.timeout_keep_alive
        if left > 0:
            self._watch(left)
        else:
            super().timeout_keep_alive_handler()

    def _is_between_requests(self) -> bool:
        """Whether all that came before is answered, and the client reads its answers."""
        # There is none before the first request, whatever its type says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        answered = cycle is None or cycle.response_complete
        return answered and not self._inside and not self.flow.write_paused and not self._ending

    def _ask(self, data: bytes) -> bool:
        """Return whether the request is taken: it is answered with the others of this turn, or its body waited for."""
        end = data.find(HEAD_END) + len(HEAD_END)
        if end < len(HEAD_END):
            return False
        head = self._batch.heads.read(data[:end])
        if head is None or head.length > MOST_BODY:
            return False
        expected = end + head.length
        if len(data) < expected:
            self._gathered, self._expected = data, expected
            self._patience = self.loop.call_later(_PATIENCE, self._give_up)
            return True
        # Requests that come one behind the other are in the application's hands.
        self._waiting = len(data) == expected and self._batch.ask(self, head, data, end)
        return self._waiting

    def _go_on(self) -> None:
        held, self._held = self._held, b""
        if held:
            self.flow.resume_reading()
            self.data_received(held)

    def _taken(self) -> bytes:
        """Return what was gathered, which ends the gathering."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        gathered, self._gathered = self._gathered, b""
        return gathered

    def _give_up(self) -> None:
        """Leave a request whose body does not come to the application."""
        gathered = self._taken()
        if gathered and not self.transport.is_closing():
            super().data_received(gathered)

    def _watch(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


def _head(headers: Sequence[tuple[bytes, bytes]], length: int, *, close: bool) -> bytes:
    """Return the head of an answer, the same that the application's answers have."""
    beginning = b"".join([b"%b: %b\r\n" % header for header in headers])
    end = b"connection: close\r\n\r\n" if close else b"\r\n"
    return b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\ncontent-type: application/json\r\n%b" % (beginning, length, end)
