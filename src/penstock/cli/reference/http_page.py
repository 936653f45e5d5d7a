"""The page of the HTTP interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.cli.reference.markdown import block, page, table
from penstock.connection import open_connection
from penstock.server.app import all_routes
from penstock.server.body import Limits
from penstock.server.metrics import Metrics
from penstock.server.route import HttpRoute
from penstock.server.services import Services
from penstock.serving.data_plane import open_data_plane

ABOUT = """
`penstock serve` answers all of these on one port. `GET /api/openapi.json` gives them as OpenAPI. With PENSTOCK_TOKEN
set, every route but those of health asks for the header `Authorization: Bearer <token>`.
"""
ABOUT_ERRORS = """
What goes wrong is answered with one shape: `{"error": {"code", "message", "column", "row", "hint"}}`, under `/v2` with
the one that its protocol asks for, `{"error": message}`. 400: the request or its rows; 401: the token; 404: no such
endpoint or version; 413: too large; 503: not ready.
"""


def http_page() -> str:
    """Return the page."""
    return page("# HTTP", ABOUT, ABOUT_ERRORS, *(part for route in _routes() for part in _section(route)))


def _routes() -> list[HttpRoute]:
    """Return the routes of a passing project: they are the same for every one."""
    with open_connection(None) as connection:
        session = connection.session
        plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
        services = Services(plane, Limits(), Metrics())
        try:
            return all_routes(services)
        finally:
            services.threads.shutdown()
            plane.close()


def _section(route: HttpRoute) -> list[str]:
    query = [(f"`{name}`", doc) for name, doc in route.query.items()]
    return [
        f"## {route.method} {route.path}",
        f"{route.summary}{' Needs no token.' if route.open else ''}",
        table(("parameter", "meaning"), query) if query else "",
        f"Takes:\n\n{block(_shape(route.request), 'text')}" if route.request else "",
        f"Gives:\n\n{block(_shape(route.response), 'text')}" if route.response else "",
    ]


def _shape(schema: Mapping[str, Any], indent: str = "") -> str:
    """Return a JSON schema as the shape of what it describes."""
    inner = indent + "  "
    match schema.get("type"):
        case "object" if schema.get("properties"):
            members = [f'{inner}"{name}": {_shape(item, inner)}' for name, item in schema["properties"].items()]
            return "{\n" + ",\n".join(members) + f"\n{indent}}}"
        case "object":
            return "{…}"
        case "array":
            return f"[{_shape(schema['items'], indent)}, …]"
        case list() as types:
            return " or ".join(types)
        case None:
            return "any value"
        case word:
            return str(word)
