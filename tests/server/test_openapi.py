from __future__ import annotations

from penstock.server.app import all_routes
from penstock.server.body import Limits
from penstock.server.metrics import Metrics
from penstock.server.services import Services


def test_every_route_is_described(http, demand_plane):
    services = Services(demand_plane, Limits(), Metrics())
    document = http.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    routes = all_routes(services)
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    own = {("post", "/predict/api")}
    assert described == {(route.method.lower(), route.path) for route in routes} | own
    assert len(described) == len(routes) + len(own)
    for route in routes:
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["summary"]
        assert ("requestBody" in operation) == (route.request is not None)
        assert [p["name"] for p in operation["parameters"] if p["in"] == "path"] == [
            part[1:-1] for part in route.path.split("/") if part.startswith("{")
        ]
    services.threads.shutdown()


def test_only_health_is_open(demand_plane):
    services = Services(demand_plane, Limits(), Metrics())
    opened = {route.path for route in all_routes(services) if route.open}
    pages = {"/try", "/try/{endpoint}", "/assets/{asset}"}
    assert opened == {"/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"} | pages
    services.threads.shutdown()


def test_an_endpoint_is_described_with_its_own_columns_and_an_example_that_it_answers(http):
    (body,) = http.get("/api/openapi.json").json()["paths"]["/predict/api"]["post"]["requestBody"]["content"].values()
    columns = body["schema"]["properties"]["rows"]["items"]["properties"]
    assert columns["기온"]["type"] == ["number", "null"]
    assert sorted(columns["weather"]["examples"]) == ["rain", "snow", "맑음"]
    answered = http.post("/predict/api", json=body["example"])
    assert answered.status_code == 200
    assert len(answered.json()["predictions"]) == 1
