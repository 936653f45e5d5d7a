from __future__ import annotations

import logging

import pytest
from starlette.requests import Request

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import (
    BadData,
    Busy,
    CorruptArtifact,
    InternalError,
    StorageFailure,
    UnknownName,
    UserError,
)
from penstock.server.error import described, error_response
from penstock.serving.data_plane import NotReady
from penstock.serving.row import InvalidRows, RowFinding


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (InvalidRows(RowFinding("rows", "m")), 400, "rows"),
        (NotReady(Diagnostic("not-ready", "m")), 503, "not-ready"),
        (UnknownName.among("endpoint", "x", []), 404, "unknown-name"),
        (BadData.of("m"), 400, "data"),
        (Busy.of("m"), 503, "busy"),
        (StorageFailure.of("m"), 507, "storage"),
        (CorruptArtifact.of("m"), 500, "artifact"),
        (UserError.of("m"), 400, "input"),
        (InternalError("secret detail"), 500, "internal"),
        (ZeroDivisionError("secret detail"), 500, "internal"),
    ],
)
def test_every_error_has_its_status_and_the_one_shape(problem, status, code):
    found, body = described(problem)
    assert (found, body["error"]["code"]) == (status, code)
    assert set(body["error"]) == {"code", "message", "column", "row", "hint"}
    assert "secret" not in str(body)


def test_our_own_fault_is_logged_with_its_traceback(caplog):
    request = Request({"type": "http", "method": "GET", "path": "/x", "headers": []})
    with caplog.at_level(logging.ERROR, "penstock.server"):
        response = error_response(request, ZeroDivisionError("detail"))
    assert response.status_code == 500
    assert "ZeroDivisionError" in caplog.text


def test_an_unknown_path_and_a_wrong_method_have_the_same_shape(http):
    unknown = http.get("/nothing")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown-path")
    assert "/api/openapi.json" in unknown.json()["error"]["hint"]
    wrong = http.get("/predict/api")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method")
    assert wrong.headers["allow"] == "POST"
