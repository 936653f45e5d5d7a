from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest
from starlette.datastructures import Headers

from penstock.core.errors import UserError
from penstock.server.auth import Gate, check_address, is_loopback
from penstock.server.error import RefusedRequest
from penstock.server.run import serve as run_server


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_loopback_needs_no_token(host):
    assert is_loopback(host)
    check_address(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", ""])
def test_any_other_address_needs_a_token(host):
    with pytest.raises(UserError, match="needs a token") as caught:
        check_address(host, None)
    assert "PENSTOCK_TOKEN" in str(caught.value)
    check_address(host, "secret")


def bearing(text):
    return Headers(raw=[(b"authorization", text.encode())])


def test_the_token_opens_and_nothing_else_does():
    gate = Gate("비밀 s3cret")
    gate.check(bearing("Bearer 비밀 s3cret"))
    gate.check(bearing("bearer  비밀 s3cret "))
    for given in ("", "Bearer", "Bearer ", "Bearer s3cret", "Basic 비밀 s3cret", "비밀 s3cret"):
        with pytest.raises(RefusedRequest) as caught:
            gate.check(bearing(given))
        assert caught.value.status == 401
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example:8080"}, {"host": "127.0.0.1", "origin": "https://evil.example"}, {"origin": "null"}],
)
def test_without_a_token_a_foreign_page_cannot_ask_through_a_browser(headers):
    with pytest.raises(RefusedRequest) as caught:
        Gate(None).check(Headers(headers))
    assert caught.value.status == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", ""])
def test_without_a_token_this_machine_may_ask(host):
    Gate(None).check(Headers({"host": host, "origin": "http://localhost:3000"}))


def test_a_server_with_a_token_asks_for_it_but_not_for_health(demand, serve):
    stop, address = threading.Event(), Future()
    environment = {"PENSTOCK_TOKEN": "s3cret"}
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(
            run_server, serve(), port=0, started=address.set_result, stop=stop, environment=environment
        )
        url = address.result(10)
        try:
            assert httpx.get(f"{url}/health/ready").status_code == 200
            assert httpx.get(f"{url}/v2/health/live").status_code == 200
            for path in ("/metrics", "/api/endpoints", "/v2/models/api", "/nothing"):
                refused = httpx.get(f"{url}{path}")
                assert refused.status_code == 401
                assert refused.headers["www-authenticate"] == "Bearer"
            allowed = httpx.get(f"{url}/api/endpoints", headers={"Authorization": "Bearer s3cret"})
            assert allowed.status_code == 200
        finally:
            stop.set()
        running.result(10)
