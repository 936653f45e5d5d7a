"""A project that is served elsewhere, over HTTP: predict, tell what came true, look how it is."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

import orjson
import pyarrow as pa

from penstock.connection.frame import rows_of
from penstock.connection.relation import Relation
from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import BadData, Busy, CorruptArtifact, StorageFailure, UnknownName, UserError
from penstock.core.settings import TOKEN_VARIABLE

Json = Any
TIMEOUT_SECONDS = 60
# The errors of the codes that a server answers with; any other is a plain UserError.
ERRORS: Mapping[str, type[UserError]] = {
    "rows": BadData,
    **{kind.code: kind for kind in (BadData, Busy, CorruptArtifact, StorageFailure, UnknownName)},
}


class RemoteProject:
    """What `penstock serve` offers of a project. It reads and predicts; what a project is made of it leaves alone."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    def endpoint(self, name: str) -> RemoteEndpoint:
        """Return an endpoint of the server; raises UnknownName with the nearest name."""
        found = {row["name"].casefold(): row["name"] for row in self._server.get("/api/endpoints")}
        if name.casefold() not in found:
            raise UnknownName.among("endpoint", name, found.values())
        return RemoteEndpoint(self._server, found[name.casefold()])

    def status(self) -> Relation:
        """Return one row an endpoint: its model, the versions that answer, and what is wrong, if anything is."""
        found = self._server.get("/api/endpoints")
        versions = [[variant["version"] for variant in row["variants"]] for row in found]
        return Relation.of(
            pa.table(
                {
                    "endpoint": pa.array([row["name"] for row in found], pa.string()),
                    "model": pa.array([row["model"] for row in found], pa.string()),
                    "versions": pa.array(versions, pa.list_(pa.int64())),
                    "ready": pa.array([row["ready"] for row in found], pa.bool_()),
                    "problem": pa.array([row["problem"] for row in found], pa.string()),
                }
            )
        )

    def history(self, name: str | None = None, *, limit: int = 200) -> Relation:
        """Return what happened to the object of that name, or to all: at most `limit` of the newest, oldest first."""
        asked = {"limit": str(limit)} if name is None else {"limit": str(limit), "subject": name}
        found = self._server.get(f"/api/history?{urlencode(asked)}")
        moments = pa.array([row["at"] for row in found], pa.string()).cast(pa.timestamp("us", "UTC"))
        texts = {key: pa.array([row[key] for row in found], pa.string()) for key in ("kind", "subject", "message")}
        return Relation.of(pa.table({"at": moments, **texts}))

    def __repr__(self) -> str:
        return f"<project served at {self._server.address}>"


class RemoteEndpoint:
    """A served name, asked over HTTP."""

    def __init__(self, server: _Server, name: str) -> None:
        self._server = server
        self.name = name

    def predict(
        self, rows: Any, *, key: str | float | None = None, variant: str | None = None, request_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Return one answer a row, each with its `prediction_id`.

        `rows` is a list of mappings, one mapping for a single row, or a pandas or polars frame or an Arrow table. `key`
        is what the request stays with where traffic is split; `variant` names who is to answer, for tests.
        Raises UserError for a wrong type, a missing or an unknown column, and a variant that is not in service.
        """
        told = {"key": key, "request_id": request_id}
        body = {"rows": _several(rows), **{name: value for name, value in told.items() if value is not None}}
        headers = {} if variant is None else {"X-Penstock-Variant": variant}
        answer = self._server.post(f"/predict/{quote(self.name, safe='')}", body, headers)
        predictions: list[dict[str, Any]] = answer["predictions"]
        return predictions

    def feedback(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Record what truly happened: each row holds a `prediction_id` and the `actual` value. Returns how many.

        Warns of predictions that this endpoint has not given and of classes that its model does not know.
        """
        taken = self._server.post(f"/feedback/{quote(self.name, safe='')}", {"rows": list(rows)})
        for text in taken["warnings"]:
            warnings.warn(text, stacklevel=2)
        return int(taken["accepted"])

    def __repr__(self) -> str:
        return f"<endpoint {self.name} at {self._server.address}>"


def open_remote(address: str) -> RemoteProject:
    """Return the project that is served at `address`; the token is that of the environment, `PENSTOCK_TOKEN`.

    Raises UserError for an address that is none, or where no Penstock answers.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UserError.of(f"{address!r} is no address of a server.", hint="For instance: http://127.0.0.1:8080")
    server = _Server(address.rstrip("/"), os.environ.get(TOKEN_VARIABLE) or None)
    server.get("/api/endpoints")
    return RemoteProject(server)


@dataclass(frozen=True)
class _Server:
    """Requests and answers in JSON. The token is never shown."""

    address: str
    token: str | None = field(repr=False)

    def get(self, path: str) -> Json:
        return self._asked(path, None)

    def post(self, path: str, body: Mapping[str, Json], headers: Mapping[str, str] | None = None) -> Json:
        try:
            return self._asked(path, orjson.dumps(body, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY), headers)
        except orjson.JSONEncodeError as problem:
            raise BadData.of(f"The rows cannot be sent: {problem}.") from problem

    def _asked(self, path: str, body: bytes | None, more: Mapping[str, str] | None = None) -> Json:
        headers = {"Content-Type": "application/json", **(more or {})}
        if self.token is not None:
            # A header's text is sent as Latin-1; a token is UTF-8, as the server takes it.
            headers["Authorization"] = f"Bearer {self.token}".encode().decode("latin-1")
        request = Request(self.address + path, body, headers)  # noqa: S310 - open_remote takes http and https only
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return orjson.loads(answer.read())
        except HTTPError as problem:
            with problem:
                raise _refused(problem.code, problem.read(), self.address) from None
        except (URLError, TimeoutError, ConnectionError) as problem:
            reason = getattr(problem, "reason", problem)
            raise self._unreachable(str(getattr(reason, "strerror", None) or reason)) from problem
        except orjson.JSONDecodeError as problem:
            raise self._unreachable("what answers there is not Penstock") from problem

    def _unreachable(self, why: str) -> UserError:
        return UserError.of(f"{self.address} cannot be asked: {why}.", hint="Is penstock serve running there?")


def _several(rows: Any) -> list[Json]:
    if hasattr(rows, "__arrow_c_stream__"):
        return [row for batch in rows_of(rows).batches() for row in batch.to_pylist()]
    return [rows] if isinstance(rows, Mapping) else list(rows)


def _plain(value: object) -> Json:
    """Return what JSON has no word for in the nearest one."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"a value of type {type(value).__name__} has no form in JSON")


def _refused(status: int, body: bytes, address: str) -> UserError:
    """Return the error that the server told; what is not in its shape comes from something else."""
    try:
        told = orjson.loads(body)["error"]
        message, code, hint = str(told["message"]), str(told["code"]), told["hint"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return UserError.of(f"{address} answered with status {status}.", hint="Is it Penstock that is served there?")
    if status == 401:
        hint = f"Set {TOKEN_VARIABLE} to the server's token."
    return ERRORS.get(code, UserError)(Diagnostic(code, message, None, hint))
