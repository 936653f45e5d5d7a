"""A small service on this machine that speaks OpenAI's API, for tests: what it answers follows from what it is asked.

Without a schema it writes `echo: ` and the prompt. In a schema a text is the prompt's last word, a whole number the
prompt's length, a number half of it, a truth whether `yes` stands in the prompt; of some choices it takes the first
that the prompt's last line names. An embedding is the counts of the letters. `/predict` gives `score`, a row's sum.
A prompt can ask for trouble: `[busy]` is answered at the third try, `[error]` never, `[slow]` late, `[broken]` by
hanging up, `[no json]` by words, `[refused]` by nothing, `[cut]` by half a character, `[nested]` by lists in
lists without end, `[deep]` by 500 of them, `[deep text]` by a text of them, `[dripping]` byte by byte.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from penstock.core.service import ServiceSettings

Json = Any
LETTERS = "abcdefghijklmnopqrstuvwxyz가나다라"
# Longer than a test's time limit for an answer.
LATE = 1.0
# More levels than Python reads.
NESTED = 200_000


@dataclass
class SampleService:
    """Where the service answers, and what it was asked: the path, the body and the headers of each request."""

    url: str
    asked: list[tuple[str, Json, Mapping[str, str]]] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)

    def connections(self, **more: Any) -> dict[str, ServiceSettings]:
        """Return connections `default` and `own` to it; `more` are settings of both."""
        return {
            "default": ServiceSettings("default", url=f"{self.url}/v1", models={"default": "sample"}, **more),
            "own": ServiceSettings("own", kind="https", url=f"{self.url}/predict", **more),
        }


@contextmanager
def sample_service() -> Iterator[SampleService]:
    """Run the service on a free port of this machine for as long as the context is open."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    server.daemon_threads = True
    service = SampleService(f"http://127.0.0.1:{server.server_address[1]}")
    server.service = service  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        service: SampleService = self.server.service  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service.asked.append((self.path, body, dict(self.headers)))
        prompt = body["messages"][-1]["content"] if "messages" in body else json.dumps(body, ensure_ascii=False)
        service.tries[prompt] += 1
        if "[broken]" in prompt:
            self.close_connection = True
            return
        if "[slow]" in prompt:
            time.sleep(LATE)
        if "[error]" in prompt:
            self._send(400, {"error": {"message": f"no such thing; your key is {self.headers.get('Authorization')}"}})
        elif "[nested]" in prompt:
            self._send(200, b"[" * NESTED)
        elif "[dripping]" in prompt:
            self._drip()
        elif "[busy]" in prompt and service.tries[prompt] < 3:
            self._send(429, {"error": {"message": "too many at once"}}, {"Retry-After": "0"})
        else:
            self._send(200, _answer(self.path, body, prompt))

    def _send(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _drip(self) -> None:
        """Send a byte, and again one, each soon enough for a reader that waits for any."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with suppress(OSError):
            for _ in range(30):
                self.wfile.write(b" ")
                time.sleep(LATE / 10)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Stay silent."""


def _answer(path: str, body: Json, prompt: str) -> Json:
    if path.endswith("/embeddings"):
        vectors = [_vector(text, body.get("dimensions")) for text in body["input"]]
        data = [{"index": number, "embedding": vector} for number, vector in enumerate(vectors)]
        return {"data": data, "usage": {"prompt_tokens": sum(map(len, body["input"]))}}
    if path.startswith("/predict"):
        return {"predictions": [{"score": _sum(row)} for row in body["instances"]]}
    if "[deep text]" in prompt:
        return {"choices": [{"message": {"content": "[" * NESTED}}]}
    if "[deep]" in prompt:
        return _nested(500)
    text = None if "[refused]" in prompt else _text(body, prompt)
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop" if text else "refusal"}
    usage = {"prompt_tokens": len(prompt), "completion_tokens": len(text or "")}
    return {"model": body["model"], "choices": [choice], "usage": usage}


def _nested(levels: int) -> Json:
    found: Json = []
    for _ in range(levels):
        found = [found]
    return found


def _text(body: Json, prompt: str) -> str:
    if "[cut]" in prompt:
        return "echo: 한\ud83d"
    if "response_format" not in body or "[no json]" in prompt:
        return f"echo: {prompt}"
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    return json.dumps({name: _value(kind, prompt) for name, kind in properties.items()}, ensure_ascii=False)


def _value(kind: Json, prompt: str) -> Json:
    if "enum" in kind:
        last = prompt.splitlines()[-1]
        return next((choice for choice in kind["enum"] if choice in last), kind["enum"][0])
    match kind["type"]:
        case "string":
            return (prompt.split() or [""])[-1]
        case "integer":
            return len(prompt)
        case "number":
            return len(prompt) / 2
        case "boolean":
            return "yes" in prompt
        case _:
            return [_value(kind["items"], prompt)]


def _vector(text: str, dimensions: int | None) -> list[float]:
    counts = Counter(text.casefold())
    return [float(counts[letter]) + 0.125 for letter in LETTERS[:dimensions]]


def _sum(row: Mapping[str, Json]) -> float | None:
    numbers = [value for value in row.values() if isinstance(value, int | float)]
    return float(sum(numbers)) if len(numbers) == len(row) else None
