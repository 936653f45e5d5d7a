from __future__ import annotations

import httpx


def test_a_server_with_all_versions_loaded_is_ready(http):
    assert http.get("/health/live").json() == {"status": "live"}
    assert http.get("/health/ready").json() == {"status": "ready", "problems": []}


def test_a_server_with_an_endpoint_that_cannot_answer_is_not_ready(world, serve, listen, demand):
    world.add_endpoint("early", "none")
    address = listen(serve())
    response = httpx.get(f"{address}/health/ready")
    assert response.status_code == 503
    assert response.json()["problems"] == ["early: no version of model none was accepted yet"]
    assert httpx.get(f"{address}/health/live").status_code == 200
