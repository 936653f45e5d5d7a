"""A service of one's own that predicts rows: `{"instances": [{…}, …]}` is answered by `{"predictions": [{…}, …]}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penstock.remote.client import Json, Reply, ServiceClient

# Rows that are sent in one request.
TOGETHER = 128


@dataclass(frozen=True)
class RowAnswer:
    """The fields of a row's prediction, or None and in `status` the reason."""

    fields: dict[str, Any] | None
    status: str = ""


def predict_rows(client: ServiceClient, url: str, rows: Sequence[Json]) -> list[RowAnswer]:
    """Return the prediction of each row, in order; a request that was not refused for a row fails all in it."""

    def ask(part: Sequence[Json]) -> tuple[list[RowAnswer], bool]:
        reply = client.post(url, {"instances": list(part)})
        return _answers(reply, len(part)), reply.refused

    return client.in_parts(rows, TOGETHER, ask)


def _answers(reply: Reply, wanted: int) -> list[RowAnswer]:
    if reply.status:
        return [RowAnswer(None, reply.status)] * wanted
    found = reply.body.get("predictions") if isinstance(reply.body, dict) else None
    if not isinstance(found, list) or len(found) != wanted:
        told = f"{len(found)} predictions" if isinstance(found, list) else "no list of predictions"
        return [RowAnswer(None, f"The service answered {wanted} rows with {told}.")] * wanted
    return [
        RowAnswer(item) if isinstance(item, dict) else RowAnswer(None, "The prediction of this row is no JSON object.")
        for item in found
    ]
