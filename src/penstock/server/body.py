"""Request bodies: read up to a size and in bounded time, decoded, parsed."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
from starlette.requests import ClientDisconnect, Request

from penstock.core.names import did_you_mean
from penstock.core.settings import Settings
from penstock.server.error import RefusedRequest

Json = Any
# It stands in a text, too, when a quote in the text comes before a colon; such bodies are looked at more closely.
_KEY_END = re.compile(rb'"\s*:')


@dataclass(frozen=True)
class Limits:
    """What one request may be: bytes of its body (after decompression too), rows, seconds until its body is there.

    `waiting_requests` and `waiting_rows` are what may wait for slow answers at the same time.
    """

    body_bytes: int = 16 << 20
    rows: int = 10_000
    body_seconds: float = 30.0
    waiting_requests: int = 1000
    waiting_rows: int = 100_000


def limits_of(settings: Settings) -> Limits:
    """Return the limits that a project's settings say."""
    return Limits(
        settings.body_bytes,
        settings.row_limit,
        settings.body_seconds,
        settings.waiting_requests,
        settings.waiting_rows,
    )


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the whole body, decompressed; raises RefusedRequest for one that is too large or too slow."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.body_seconds):
            parts, size = [], 0
            async for part in request.stream():
                size += len(part)
                if size > limits.body_bytes:
                    raise _too_large(limits)
                parts.append(part)
    except TimeoutError:
        message = f"The body was not there within {limits.body_seconds:g} seconds."
        raise RefusedRequest(408, "timeout", message) from None
    except ClientDisconnect:
        raise RefusedRequest(400, "disconnected", "The client went away.") from None
    return _decompressed(b"".join(parts), request.headers.get("content-encoding", ""), limits)


def parse_object(body: bytes) -> dict[str, Json]:
    """Return a body that is a JSON object; raises RefusedRequest with the place where it is not JSON."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        message = f"The body is not JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}"
        raise RefusedRequest(400, "json", message) from None
    if not isinstance(parsed, dict):
        raise RefusedRequest(400, "json", "The body must be a JSON object.")
    # Most bodies have flat rows, and texts without a colon.
    if body.count(b":") != _outer_keys(parsed) and not keys_written_once(body, count_keys(parsed)):
        try:
            json.loads(body, object_pairs_hook=_refuse_twice)
        except RecursionError:
            raise RefusedRequest(400, "json", "The body is nested too deeply.") from None
    return parsed


def keys_written_once(body: bytes, kept: int) -> bool:
    """Whether it is plain that no object of a JSON text has a key twice, of which the parser has kept so many.

    It keeps the last of two equal keys: where as many are written as it has kept, there are none.
    """
    # Each key has a colon; texts may have more.
    return body.count(b":") == kept or len(_KEY_END.findall(body)) == kept


def _outer_keys(parsed: Mapping[str, Json]) -> int:
    """Return how many keys an object and the rows in it have, without those within the rows' values."""
    rows = parsed.get("rows")
    if not isinstance(rows, list) or {*map(type, rows)} != {dict}:
        return len(parsed)
    return len(parsed) + sum(map(len, rows))


def count_keys(value: Json) -> int:
    """Return how many keys the objects in a parsed text have."""
    count = 0
    left = [value]
    while left:
        inner = left.pop()
        if isinstance(inner, dict):
            count += len(inner)
            inner = inner.values()
        left += [each for each in inner if each.__class__ in (dict, list)]
    return count


def _refuse_twice(pairs: list[tuple[str, Json]]) -> None:
    counts = Counter(name for name, _ in pairs)
    for name, times in counts.items():
        if times > 1:
            message = f"An object of the body has the key {name!r} {times} times: which one is meant is not known."
            raise RefusedRequest(400, "json", message)


def check_keys(body: Mapping[str, Json], known: Collection[str]) -> None:
    """Raise RefusedRequest for a key that the request does not have."""
    for key in body:
        if key not in known:
            raise RefusedRequest(400, "json", f"The body has an unknown key {key!r}.", did_you_mean(key, known))


def check_row_count(rows: Json, limits: Limits) -> None:
    """Raise RefusedRequest for more rows than one request may have."""
    if isinstance(rows, list | pa.Table) and len(rows) > limits.rows:
        message = f"One request may have {limits.rows:,} rows, not {len(rows):,}."
        raise RefusedRequest(400, "rows", message, "Send them in several requests.")


def _too_large(limits: Limits) -> RefusedRequest:
    message = f"The body is larger than {limits.body_bytes:,} bytes."
    return RefusedRequest(413, "too-large", message, "Send the rows in several requests.")


def _decompressed(body: bytes, encoding: str, limits: Limits) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise RefusedRequest(
            415, "encoding", f"The content encoding {encoding!r} is not known.", "Known: gzip, deflate."
        )
    inflate = zlib.decompressobj(wbits=31 if encoding == "gzip" else 15)
    try:
        plain = inflate.decompress(body, limits.body_bytes + 1)
    except zlib.error:
        raise RefusedRequest(400, "encoding", f"The body is no {encoding} data.") from None
    if len(plain) > limits.body_bytes:
        raise _too_large(limits)
    if not inflate.eof:
        raise RefusedRequest(400, "encoding", f"The {encoding} data of the body is cut off.")
    return plain
