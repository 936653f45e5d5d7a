from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from penstock.catalog.api_keys import create_api_key, list_api_keys, revoke_api_key
from penstock.core.errors import InvalidOption, UnknownName, UserError
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


def bearing(gate, text):
    return gate.caller(text.encode(), None, None)


def test_the_token_opens_and_nothing_else_does():
    gate = Gate("비밀 s3cret")
    bearing(gate, "Bearer 비밀 s3cret").demand("read")
    bearing(gate, "bearer  비밀 s3cret ").demand("predict", "api")
    for given in ("", "Bearer", "Bearer ", "Bearer s3cret", "Basic 비밀 s3cret", "비밀 s3cret"):
        with pytest.raises(RefusedRequest) as caught:
            bearing(gate, given)
        assert caught.value.status == 401
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "origin"),
    [(b"evil.example:8080", None), (b"127.0.0.1", b"https://evil.example"), (None, b"null")],
)
def test_without_a_token_a_foreign_page_cannot_ask_through_a_browser(host, origin):
    with pytest.raises(RefusedRequest) as caught:
        Gate(None).caller(None, host, origin)
    assert caught.value.status == 403


@pytest.mark.parametrize("host", [b"127.0.0.1:8080", b"localhost", b"[::1]:8080", b"", None])
def test_without_a_token_this_machine_may_ask(host):
    Gate(None).caller(None, host, b"http://localhost:3000").demand("read")


NOW = datetime.now(UTC)


@pytest.fixture
def keys(world):
    """Make keys in a catalog, and a gate that knows them as they are now."""

    def make(name="shop", **given):
        given = {"scopes": ["predict"], **given}
        return create_api_key(world.catalog, name, NOW, **given)

    return make, lambda: {key.id: key for key in list_api_keys(world.catalog)}


def test_a_key_opens_what_it_is_for(keys):
    make, known = keys
    gate = Gate(None, known)
    text = make(endpoints=["API"])
    caller = bearing(gate, f"Bearer {text}")
    caller.demand("predict", "api")
    gate.check_predict(f"Bearer {text}".encode(), None, None, "api")
    for scope, endpoint in (("feedback", "api"), ("read", None), ("predict", "other")):
        with pytest.raises(RefusedRequest) as caught:
            caller.demand(scope, endpoint)
        assert caught.value.status == 403
    for wrong in (text[:-1], f"{text}x", text.replace("pnk_", "pnk"), "pnk_", text.upper()):
        with pytest.raises(RefusedRequest) as caught:
            bearing(gate, f"Bearer {wrong}")
        assert caught.value.status == 401
    # Who has no key is nobody now, on this machine too; the operator's token opens everything.
    with pytest.raises(RefusedRequest):
        gate.caller(None, b"localhost", None)
    bearing(Gate("s3cret", known), "Bearer s3cret").demand("read")


def test_a_key_ends_when_it_is_revoked_or_expires(keys, world):
    make, known = keys
    gate = Gate(None, known)
    text = make()
    bearing(gate, f"Bearer {text}")
    revoke_api_key(world.catalog, "SHOP", NOW)
    with pytest.raises(RefusedRequest, match="revoked"):
        bearing(gate, f"Bearer {text}")
    old = make("old", expires_at=NOW - timedelta(seconds=1))
    with pytest.raises(RefusedRequest, match="expired"):
        bearing(gate, f"Bearer {old}")
    # With its last key gone a server is not open again.
    with pytest.raises(RefusedRequest):
        gate.caller(None, b"localhost", None)


def test_a_key_may_ask_so_often(keys):
    make, known = keys
    text = make(rate=4.0)
    for workers, most in ((1, 4), (2, 2)):
        gate = Gate(None, known, workers=workers)
        for _ in range(most):
            bearing(gate, f"Bearer {text}")
        with pytest.raises(RefusedRequest) as caught:
            for _ in range(2):
                bearing(gate, f"Bearer {text}")
        assert caught.value.status == 429
        assert caught.value.retry_after == pytest.approx(workers / 4.0, abs=workers / 8.0)


def test_a_catalog_holds_no_secret(keys, world):
    make, _ = keys
    text = make()
    (key,) = list_api_keys(world.catalog)
    assert text.rpartition("_")[2] not in repr(key)
    with pytest.raises(InvalidOption, match="already"):
        make("Shop")
    with pytest.raises(UnknownName, match="shop"):
        revoke_api_key(world.catalog, "shopp", NOW)


def test_a_server_with_keys_asks_for_one_and_forgets_a_revoked_one(demand, serve, listen, world):
    text = create_api_key(world.catalog, "shop", NOW, scopes=["predict"], endpoints=["api"])
    with httpx.Client(base_url=listen(serve()), headers={"Authorization": f"Bearer {text}"}) as client:
        body = {"rows": [{"기온": 10.0, "weather": "맑음"}]}
        assert client.post("/predict/api", json=body).status_code == 200
        assert client.get("/v2/models/api").status_code == 200
        assert client.post("/predict/api", json=body, headers={"Authorization": ""}).status_code == 401
        refused = client.get("/metrics")
        assert refused.status_code == 403
        assert "it may predict" in refused.json()["error"]["message"]
        revoke_api_key(world.catalog, "shop", NOW)
        until = time.monotonic() + 5
        while client.post("/predict/api", json=body).status_code == 200 and time.monotonic() < until:
            time.sleep(0.02)
        assert client.post("/predict/api", json=body).status_code == 401


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
