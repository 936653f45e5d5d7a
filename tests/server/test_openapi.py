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
    assert described == {(route.method.lower(), route.path) for route in routes}
    assert len(described) == len(routes)
    for route in routes:
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["summary"]
        assert ("requestBody" in operation) == (route.method == "POST")
        assert [p["name"] for p in operation["parameters"] if p["in"] == "path"] == [
            part[1:-1] for part in route.path.split("/") if part.startswith("{")
        ]
    services.threads.shutdown()


def test_only_health_is_open(demand_plane):
    services = Services(demand_plane, Limits(), Metrics())
    opened = {route.path for route in all_routes(services) if route.open}
    assert opened == {"/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"}
    services.threads.shutdown()
