"""GET /models/{model}/versions/{version}/card: what a version in service is, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.catalog.versions import Version, get_version
from penstock.core.errors import UnknownName
from penstock.learn.manifest import Manifest
from penstock.server.error import RefusedRequest
from penstock.server.route import ANY, MAYBE_TEXT, OBJECT, TEXT, WHOLE, HttpRoute, list_schema, object_schema
from penstock.server.services import Services

Json = Any
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#667085;--line:#e4e7ec;--page:#fff;--accent:#0f766e}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#98a2b3;--line:#2b3442;--page:#12171f;--accent:#5eead4}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:3rem 1.25rem;background:var(--page);color:var(--ink);word-break:keep-all;
overflow-wrap:anywhere;font:16px/1.6 system-ui,"Apple SD Gothic Neo","Noto Sans KR",sans-serif}
h1{font-size:1.75rem;line-height:1.25;margin:0}h2{font-size:1.05rem;margin:2.5rem 0 .5rem;color:var(--accent)}
p{margin:.4rem 0;color:var(--soft)}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{text-align:left;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:500;color:var(--soft);width:38%}
"""


def card_routes(services: Services) -> list[HttpRoute]:
    """Return the route of the cards of versions in service."""

    async def answer(request: Request) -> Response:
        asked, number = request.path_params["model"], request.path_params["version"]
        if not number.isdecimal():
            raise RefusedRequest(400, "version", f"A version is a number, not {number!r}.")
        card = await services.in_thread(lambda: _card(services, asked, int(number)))
        if "text/html" in request.headers.get("accept", ""):
            return Response(
                _page(card), media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP}
            )
        return Response(orjson.dumps(card), media_type="application/json")

    return [
        HttpRoute(
            "GET",
            "/models/{model}/versions/{version}/card",
            answer,
            "What a version in service was trained on and how good it is; a page for who accepts HTML.",
            object_schema(
                model=TEXT,
                version=WHOLE,
                description=MAYBE_TEXT,
                predicts=TEXT,
                trained=OBJECT,
                metrics=OBJECT,
                columns=list_schema(OBJECT),
                notes=list_schema(TEXT),
                sources=OBJECT,
                classes=list_schema(ANY),
            ),
            scope="predict",
        )
    ]


_CSP = "default-src 'none'; style-src 'unsafe-inline'"


def _card(services: Services, model: str, number: int) -> dict[str, Json]:
    """Return the card of a version that an endpoint has in service; raises UnknownName for any other."""
    manifest = _manifest(services, model, number)
    version = get_version(services.plane.catalog, model, number)
    return {
        "model": version.model,
        "version": version.number,
        "description": version.options.get("description"),
        "predicts": manifest.label or str(manifest.task),
        "classes": list(manifest.classes),
        "trained": _trained(version, manifest),
        "metrics": {name: value for name, value in manifest.metrics.items() if value is not None},
        "columns": [{"name": feature.name, "type": str(feature.type)} for feature in manifest.inputs],
        "notes": list(manifest.notes),
        "sources": dict(version.sources),
    }


def _manifest(services: Services, model: str, number: int) -> Manifest:
    served: dict[str, list[int]] = {}
    for status in services.plane.endpoints():
        for found in status.route.models.values() if status.route else ():
            if found.model.casefold() == model.casefold() and found.version == number:
                return found.manifest
            served.setdefault(found.model, []).append(found.version)
    if model.casefold() not in map(str.casefold, served):
        raise UnknownName.among("model", model, list(served))
    raise UnknownName.among("version", str(number), [str(each) for name in served for each in served[name]])


def _trained(version: Version, manifest: Manifest) -> dict[str, Json]:
    return {
        "as": manifest.model_type,
        "at": version.created_at.isoformat(),
        "rows": manifest.train_rows,
        "held out rows": manifest.held_out_rows,
        "judged on": manifest.judged_on,
        "seed": manifest.seed,
        "status": version.status,
        "reason": version.reason,
    }


def _page(card: Mapping[str, Json]) -> str:
    title = f"{card['model']}, version {card['version']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(str(card['description'] or 'Predicts ' + card['predicts'] + '.'))}</p>",
        *_table("How it was trained", card["trained"].items()),
        *_table("How good it is", ((name, f"{value:.6g}") for name, value in card["metrics"].items())),
        *_table("What it takes", ((column["name"], column["type"]) for column in card["columns"])),
        *_table("What it was made from", ((name, f"snapshot {at}") for name, at in card["sources"].items())),
        *(["<h2>Notes</h2>", *(f"<p>{escape(note)}</p>" for note in card["notes"])] if card["notes"] else []),
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{"".join(parts)}</body></html>'
    )


def _table(title: str, rows: Iterable[tuple[str, Json]]) -> Iterator[str]:
    cells = [
        f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>" for name, value in rows if value != ""
    ]
    if cells:
        yield f"<h2>{title}</h2><table>{''.join(cells)}</table>"
