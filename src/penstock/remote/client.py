"""One service, asked over HTTP: a few open lines, tries again after an overload, a time limit to each answer.

What goes wrong with one question is a status of that question, never an exception: the others are answered all the
same.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from penstock.core.errors import InvalidOption
from penstock.core.service import ServiceSettings, lies_below
from penstock.remote.answer import read_json

Json = Any
Question = TypeVar("Question")
Answer = TypeVar("Answer")
# Overloads, and what a second try may mend.
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# Seconds before the first second try; it doubles up to the longest, which also bounds what a service may ask for.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
# A larger answer is none to a question of ours.
LARGEST = 64 * 1024 * 1024
TOLD = 300
# What is wrong with a question itself: bad, too large, not to be processed.
REFUSED = frozenset({400, 413, 422})


@dataclass(frozen=True)
class Reply:
    """The service's JSON, or None and in `status` what went wrong; `refused` when it was for what was asked."""

    body: Json
    status: str = ""
    refused: bool = False


@dataclass(frozen=True)
class _Attempt:
    reply: Reply
    again: bool = False
    wait: float | None = None


class ServiceClient:
    """Asks one service. It may be shared by threads."""

    def __init__(
        self,
        settings: ServiceSettings,
        environment: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raise InvalidOption when the variable that should hold the key is not set."""
        self.settings = settings
        self._sleep = sleep
        self._key = _key(settings, environment)
        self._idle: queue.LifoQueue[tuple[tuple[str, str], http.client.HTTPConnection]] = queue.LifoQueue()

    def each(self, questions: Sequence[Question], ask: Callable[[Question], Answer]) -> list[Answer]:
        """Return the answer to each question, in order, as many at a time as the settings allow."""
        if len(questions) < 2 or self.settings.concurrency == 1:
            return [ask(question) for question in questions]
        with ThreadPoolExecutor(min(self.settings.concurrency, len(questions)), "remote") as pool:
            return list(pool.map(ask, questions))

    def in_parts(
        self, questions: Sequence[Question], most: int, ask: Callable[[Sequence[Question]], tuple[list[Answer], bool]]
    ) -> list[Answer]:
        """Return the answer to each question, in order, at most so many of them in one request.

        `ask` says whether the service refused what it was asked: the halves of such a part are asked again, so that one
        question does not take the others with it.
        """

        def halved(part: Sequence[Question]) -> list[Answer]:
            found, refused = ask(part)
            if not refused or len(part) == 1:
                return found
            middle = len(part) // 2
            return halved(part[:middle]) + halved(part[middle:])

        parts = [questions[begin : begin + most] for begin in range(0, len(questions), most)]
        return [answer for found in self.each(parts, halved) for answer in found]

    def post(self, url: str, body: Json) -> Reply:
        """Return the answer to a JSON body; tries again after overloads and broken lines, as often as is set."""
        content = json.dumps(body, ensure_ascii=False).encode()
        wait = FIRST_WAIT
        for left in range(self.settings.retries, -1, -1):
            attempt = self._attempt(url, content)
            if not attempt.again or not left:
                tries = self.settings.retries + 1 - left
                return attempt.reply if tries == 1 or not attempt.reply.status else _after(attempt.reply, tries)
            # Many that were refused together must not come back together.
            spread = 0.5 + random.random() / 2  # noqa: S311 - no secret hangs on it
            self._sleep(min(attempt.wait if attempt.wait is not None else wait * spread, LONGEST_WAIT))
            wait = min(wait * 2, LONGEST_WAIT)
        raise AssertionError("a range that includes 0 ends in the loop")

    def _attempt(self, url: str, content: bytes) -> _Attempt:
        parts = urlsplit(url)
        line = self._line(parts.scheme, parts.netloc)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "penstock"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            answer, raw = self._asked(line, parts.path + (f"?{parts.query}" if parts.query else ""), content, headers)
        except (OSError, http.client.HTTPException) as problem:
            line.close()
            told = "no answer in time" if isinstance(problem, TimeoutError) else self._hidden(f"{problem}")
            return _Attempt(
                Reply(None, f"The service cannot be reached: {told or type(problem).__name__}."), again=True
            )
        if answer.will_close or len(raw) > LARGEST:
            line.close()
        else:
            self._idle.put(((parts.scheme, parts.netloc), line))
        if answer.status != 200:
            reply = Reply(None, self._refusal(answer.status, answer.reason, raw), answer.status in REFUSED)
            return _Attempt(reply, answer.status in AGAIN, _retry_after(answer.getheader("Retry-After")))
        if len(raw) > LARGEST:
            return _Attempt(Reply(None, f"The service's answer is larger than {LARGEST:,} bytes."))
        try:
            return _Attempt(Reply(read_json(raw)))
        except ValueError as problem:
            return _Attempt(Reply(None, f"The service's answer is {problem}."))

    def _asked(
        self, line: http.client.HTTPConnection, path: str, content: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Return an answer and what it holds; raises TimeoutError when all of it is not there in time.

        A socket's own limit is for each read: a service that sends a byte now and then would never meet it.
        """
        begun = time.monotonic()
        if line.sock is None:
            line.connect()
        left = max(self.settings.timeout_seconds - (time.monotonic() - begun), 0.0)
        late = threading.Event()
        watch = threading.Timer(left, _hang_up, (line.sock, late))
        watch.daemon = True
        watch.start()
        try:
            line.request("POST", path, content, headers)
            answer = line.getresponse()
            raw = answer.read(LARGEST + 1)
        except (OSError, http.client.HTTPException) as problem:
            if late.is_set():
                raise TimeoutError from problem
            raise
        finally:
            watch.cancel()
            watch.join()
        if late.is_set():
            raise TimeoutError
        return answer, raw

    def _line(self, scheme: str, place: str) -> http.client.HTTPConnection:
        """Return an open line to a place, or a new one."""
        while True:
            try:
                where, line = self._idle.get_nowait()
            except queue.Empty:
                break
            if where == (scheme, place):
                return line
            line.close()
        timeout = self.settings.timeout_seconds
        if scheme == "https":
            return http.client.HTTPSConnection(place, timeout=timeout, context=ssl.create_default_context())
        return http.client.HTTPConnection(place, timeout=timeout)

    def _refusal(self, status: int, reason: str, raw: bytes) -> str:
        """Return in words why the service refused, without the key that it may repeat."""
        told = ""
        try:
            body = read_json(raw)
            error = body.get("error", body) if isinstance(body, dict) else ""
            told = str(error.get("message", "")) if isinstance(error, dict) else str(error)
        except ValueError:
            told = ""
        words = f"The service answered {status} {reason}".strip()
        return f"{words}: {self._hidden(told)[:TOLD]}" if told else f"{words}."

    def _hidden(self, text: str) -> str:
        return text.replace(self._key, "…") if self._key else text

    def close(self) -> None:
        """Hang up every line."""
        while not self._idle.empty():
            self._idle.get_nowait()[1].close()


def _hang_up(line: socket.socket, late: threading.Event) -> None:
    late.set()
    # The line may have been closed by then.
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def address(settings: ServiceSettings, url: str) -> str:
    """Return an address below the connection's own; raises InvalidOption for any other, which must not get the key."""
    if not lies_below(url, settings.url):
        message = f"The address {url!r} does not lie below the url of [connections.{settings.name}], {settings.url}."
        raise InvalidOption.of(message, hint="Keys are sent to no other place. Change one of them.")
    return url


def _key(settings: ServiceSettings, environment: Mapping[str, str]) -> str | None:
    if settings.key_variable is None:
        return None
    key = environment.get(settings.key_variable, "").strip()
    if not key:
        message = f"The connection {settings.name!r} needs a key: the variable {settings.key_variable} is not set."
        raise InvalidOption.of(message, hint=f"Set it before you start: export {settings.key_variable}=…")
    if not key.isascii() or not key.isprintable():
        message = f"The variable {settings.key_variable} holds what no key can: a line break, or letters beyond ASCII."
        raise InvalidOption.of(message, hint="Copy the key again.")
    return key


def _after(reply: Reply, tries: int) -> Reply:
    return Reply(reply.body, f"{reply.status.rstrip('.')} ({tries} tries).", reply.refused)


def _retry_after(header: str | None) -> float | None:
    """Return the seconds that a service asks to wait; None for none, or for what is no time."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((moment - datetime.now(UTC if moment.tzinfo else None)).total_seconds(), 0.0)
