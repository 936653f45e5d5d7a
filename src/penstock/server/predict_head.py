"""The head of a plain request for predictions, read once: a connection repeats it byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

import httptools

BEGINNING = b"POST /predict/"
HEAD_END = b"\r\n\r\n"
# Heads that are kept, and how long one may be.
_MOST_HEADS, _MOST_BYTES = 1000, 4096
# Of these there may be one each.
_SINGLE = frozenset({b"content-length", b"x-request-id", b"authorization", b"host", b"origin", b"accept"})
# With one of these the request is not plain, whatever it says.
_ODD = (b"expect", b"upgrade", b"transfer-encoding", b"content-encoding", b"trailer", b"te", b"x-penstock-variant")
_PLAIN_TYPES = (b"application/json", b"application/x-www-form-urlencoded", b"text/plain")


@dataclass(frozen=True)
class PredictHead:
    """What a head says: the endpoint that is asked, the body's length in bytes, and the headers that matter."""

    endpoint: str
    length: int
    request_id: bytes | None = None
    authorization: bytes | None = None
    host: bytes | None = None
    origin: bytes | None = None


class PredictHeads:
    """Reads heads and keeps what it has read."""

    def __init__(self) -> None:
        self._read: dict[bytes, PredictHead | None] = {}

    def read(self, head: bytes) -> PredictHead | None:
        """Return what the head says; None when it is not that of a plain JSON request to /predict/{endpoint}.

        `head` is all bytes up to and with the first empty line.
        """
        try:
            return self._read[head]
        except KeyError:
            found = predict_head(head)
        # A head with an id of its own does not come again.
        if len(head) <= _MOST_BYTES and (found is None or found.request_id is None):
            if len(self._read) >= _MOST_HEADS:
                self._read.clear()
            self._read[head] = found
        return found


def predict_head(head: bytes) -> PredictHead | None:
    """Return what the head says, read by the parser that reads every other request; None when it is not plain."""
    told = _Told()
    parser = httptools.HttpRequestParser(told)
    try:
        parser.feed_data(head)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    if not told.whole or told.beyond or parser.get_method() != b"POST":
        return None
    if parser.get_http_version() != "1.1" or not parser.should_keep_alive():
        return None
    name = _endpoint(told.url)
    headers = told.headers
    if name is None or not told.plain or not headers.get(b"content-length", b"").isdigit():
        return None
    if not _is_plain_type(headers.get(b"content-type")) or not _takes_json(headers.get(b"accept")):
        return None
    return PredictHead(
        name,
        int(headers[b"content-length"]),
        headers.get(b"x-request-id") or None,
        headers.get(b"authorization"),
        headers.get(b"host"),
        headers.get(b"origin"),
    )


class _Told:
    """What the parser tells of a head. `beyond`: it found the head's end before that of the bytes."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.plain = True
        self.whole = False
        self.beyond = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in _ODD or (name in _SINGLE and name in self.headers):
            self.plain = False
        self.headers[name] = value

    def on_headers_complete(self) -> None:
        self.whole = True

    def on_body(self, body: bytes) -> None:  # noqa: ARG002 - the name that the parser calls it by
        self.beyond = True

    def on_message_complete(self) -> None:
        self.beyond = True


def _endpoint(url: bytes) -> str | None:
    """Return the endpoint that an address names; None when it names anything else."""
    name = url.removeprefix(BEGINNING.removeprefix(b"POST "))
    if name == url or b"?" in name or b"#" in name or not name.isascii():
        return None
    found = unquote(name.decode("ascii"))
    return found if found and "/" not in found else None


def _is_plain_type(given: bytes | None) -> bool:
    return given is None or given.lower().startswith(_PLAIN_TYPES)


def _takes_json(given: bytes | None) -> bool:
    """Whether a request's Accept leaves the answer as it is."""
    return given is None or given in (b"*/*", b"application/json") or given.startswith(b"application/json,")
