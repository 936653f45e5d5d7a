"""Everything that can go wrong in a request, as one shape with a status. The only place that knows both."""

from __future__ import annotations

import logging
import math
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from penstock.core.errors import (
    BadData,
    Busy,
    CorruptArtifact,
    StorageFailure,
    UnknownName,
    UserError,
)
from penstock.server.route import OPENAPI_PATH
from penstock.serving.data_plane import NotReady
from penstock.serving.row import InvalidRows, RowFinding
from penstock.serving.segment import LogFull

LOGGER = logging.getLogger("penstock.server")
# The first that fits counts.
_STATUSES: tuple[tuple[type[UserError], int], ...] = (
    (InvalidRows, 400),
    (NotReady, 503),
    (UnknownName, 404),
    (BadData, 400),
    (Busy, 503),
    (LogFull, 503),
    (StorageFailure, 507),
    (CorruptArtifact, 500),
    (UserError, 400),
)


class RefusedRequest(Exception):
    """A request that HTTP itself forbids: too large, too slow, no JSON, no token.

    `retry_after` are the seconds after which it may come again.
    """

    def __init__(
        self, status: int, code: str, message: str, hint: str | None = None, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.hint = status, code, message, hint
        self.retry_after = retry_after


def error_body(
    code: str, message: str, *, column: str | None = None, row: int | None = None, hint: str | None = None
) -> dict[str, Any]:
    """Return the one shape of an error; `row` counts from 1."""
    return {"error": {"code": code, "message": message, "column": column, "row": row, "hint": hint}}


def described(problem: Exception) -> tuple[int, dict[str, Any]]:
    """Return the status and the body for whatever was raised. Our own faults keep their details to the log."""
    if isinstance(problem, RefusedRequest):
        return problem.status, error_body(problem.code, problem.message, hint=problem.hint)
    if isinstance(problem, UserError):
        return _user_error(problem)
    if isinstance(problem, HTTPException):
        hint = f"GET {OPENAPI_PATH} lists the addresses." if problem.status_code == 404 else None
        return problem.status_code, error_body(*_http_message(problem.status_code, problem.detail), hint=hint)
    return 500, error_body("internal", "Penstock failed to answer this request.", hint="The server's log says why.")


def error_response(request: Request, problem: Exception) -> Response:
    """Return the answer to a request that failed. The V2 protocol has a shape of its own: a text."""
    status, body = described(problem)
    if status == 500:
        LOGGER.error("%s %s failed", request.method, request.url.path, exc_info=problem)
    if request.url.path.startswith("/v2"):
        error = body["error"]
        body = {"error": f"{error['message']} {error['hint']}" if error["hint"] else error["message"]}
    headers = {"Retry-After": "1"} if status == 503 else {}
    if isinstance(problem, RefusedRequest) and problem.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, HTTPException) and problem.headers:
        headers.update(problem.headers)
    return Response(orjson.dumps(body), status, headers, "application/json")


def _user_error(problem: UserError) -> tuple[int, dict[str, Any]]:
    status = next(status for kind, status in _STATUSES if isinstance(problem, kind))
    if not problem.diagnostics:
        return status, error_body(problem.code, str(problem))
    first, rest = problem.diagnostics[0], len(problem.diagnostics) - 1
    message = first.message
    if rest:
        message += f" ({rest} more {'problem' if rest == 1 else 'problems'} in this request.)"
    row, column = (first.row, first.column) if isinstance(first, RowFinding) else (None, None)
    return status, error_body(problem.code, message, column=column, row=row, hint=first.hint)


def _http_message(status: int, detail: str) -> tuple[str, str]:
    if status == 404:
        return "unknown-path", "There is nothing at this address."
    if status == 405:
        return "method", "This address does not take that method."
    return "http", detail
