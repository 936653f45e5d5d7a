"""Requests that came in one turn of the event loop, answered together: scored by one call, logged by one write.

Nothing waits for company: what is there when the loop has read its sockets is answered, so that a request alone is
answered as fast as ever, and under load a batch is as large as the load makes it.
"""

from __future__ import annotations

import time
from asyncio import AbstractEventLoop
from dataclasses import dataclass
from typing import Protocol

import orjson

from penstock.core.errors import UserError
from penstock.server.auth import Gate
from penstock.server.body import count_keys, keys_written_once
from penstock.server.error import LOGGER, RefusedRequest
from penstock.server.predict import answer_body
from penstock.server.predict_head import PredictHead, PredictHeads
from penstock.server.services import QUICK_ROWS, Services, checked_request_id
from penstock.serving.data_plane import Answer
from penstock.serving.question import Question

# A body with any other key is the application's.
_KEYS = frozenset({"rows", "request_id"})


class Connection(Protocol):
    """Where a request came from."""

    loop: AbstractEventLoop

    def answer(self, content: bytes) -> None:
        """Send an answer's body."""

    def hand_over(self, data: bytes) -> None:
        """Let the application answer the request of these bytes."""


@dataclass(frozen=True)
class _Asked:
    connection: Connection
    data: bytes
    question: Question
    begun: float


class MicroBatch:
    """What is asked in one turn of the event loop; used by its thread alone."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self.heads = PredictHeads()
        self._services = services
        self._gate = gate
        self._most_rows = min(QUICK_ROWS, services.limits.rows)
        self._waiting: list[_Asked] = []

    def ask(self, connection: Connection, head: PredictHead, data: bytes, body_at: int) -> bool:
        """Return whether the request is taken, whose answer the connection then gets in this turn of the loop.

        `data` are all bytes of the request, its body from `body_at` on. What is not taken is the application's: rows
        that do not fit, slow models, callers that may not ask, more requests than there is room for.
        """
        begun = time.perf_counter()
        if len(self._waiting) >= self._services.limits.waiting_requests:
            return False
        try:
            question = self._question(head, data[body_at:])
        except (UserError, RefusedRequest, orjson.JSONDecodeError):
            return False
        if question is None:
            return False
        self._waiting.append(_Asked(connection, data, question, begun))
        if len(self._waiting) == 1:
            connection.loop.call_soon(self._flush)
        return True

    def _question(self, head: PredictHead, body: bytes) -> Question | None:
        """Return what is asked, of a version that answers quickly; None where that is not plain."""
        services = self._services
        if len(body) > services.limits.body_bytes or not services.is_quick(head.endpoint):
            return None
        asked = orjson.loads(body)
        if asked.__class__ is not dict or not asked.keys() <= _KEYS:
            return None
        rows = asked.get("rows")
        if rows.__class__ is not list or len(rows) > self._most_rows:
            return None
        request_id = checked_request_id(head.request_id, asked.get("request_id"))
        question = services.plane.question(head.endpoint, rows, request_id, parsed_json=True)
        # Rows that needed no second look are flat.
        kept = len(asked) + sum(map(len, rows)) if question.rows.values is rows else count_keys(asked)
        if not keys_written_once(body, kept):
            return None
        # Last, because a caller's rate must not count a request twice.
        self._gate.check_predict(head.authorization, head.host, head.origin, head.endpoint)
        return question

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            answers = self._services.plane.answers([asked.question for asked in waiting])
            told = [answer_body(answer) if isinstance(answer, Answer) else b"" for answer in answers]
        except Exception:  # noqa: BLE001 - an edge of HTTP, as the door of the application is
            # Whose fault it is shows when each is asked alone.
            LOGGER.exception("%d requests could not be answered together", len(waiting))
            for asked in waiting:
                asked.connection.hand_over(asked.data)
            return
        services = self._services
        for asked, answer, body in zip(waiting, answers, told, strict=True):
            if not isinstance(answer, Answer):
                asked.connection.hand_over(asked.data)
                continue
            asked.connection.answer(body)
            if answer.route.shadow is not None:
                services.plane.shadows.offer(answer)
            services.metrics.observe(answer.endpoint, 200, str(answer.version), time.perf_counter() - asked.begun)
