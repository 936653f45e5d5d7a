from __future__ import annotations

import httpx

from penstock.catalog.versions import set_alias


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


def test_an_endpoint_that_an_older_version_answers_is_ready_and_says_what_is_wrong(
    world, serve, listen, demand, steeper_files
):
    plane = serve()
    address = listen(plane)
    version = world.add_version("demand", steeper_files, alias=None)
    world.storage.delete(version.artifact)
    world.storage.write(version.artifact, {"model.onnx": b"", "manifest.json": b""})
    set_alias(world.catalog, "demand", "champion", version.number, world.clock.now(), "test")
    plane.refresh()
    response = httpx.get(f"{address}/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"
    assert "not the ones that were recorded" in response.json()["problems"][0]
