"""Before a version gets all requests it is asked those of the past: it must answer what the champion answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import orjson

from penstock.lake.database import Lake
from penstock.lake.own_table import PREDICTIONS
from penstock.serving.release_health import StageHealth
from penstock.serving.row import CheckedRows, InvalidRows
from penstock.serving.scoring import ServedModel

Json = Any
# So many of the newest requests' rows are asked again.
SMOKE_ROWS = 100
_NEWEST = f"""
SELECT inputs FROM {PREDICTIONS}
WHERE lower(endpoint) = lower(?) AND version = ? AND variant <> 'shadow' AND inputs IS NOT NULL
ORDER BY "at" DESC, prediction_id LIMIT {SMOKE_ROWS}
"""


def smoke(lake: Lake, stage: StageHealth, models: Mapping[int, ServedModel]) -> bool:
    """Ask the new version the newest rows that the champion was asked; return False when the lake is not free now.

    Rows that the champion itself cannot answer any more, say because the log leaves columns out, are left out.
    """
    if not lake.turn.acquire(blocking=False):
        return False
    try:
        with closing(lake.connection()) as connection:
            asked = [stage.endpoint, stage.watch.champion]
            found = connection.rows(_NEWEST, asked) if connection.has(PREDICTIONS) else []
    finally:
        lake.turn.release()
    champion, candidate = models[stage.watch.champion], models[stage.watch.version]
    for (inputs,) in found:
        row = orjson.loads(inputs)
        known = _predicted(champion, row)
        if known is None:
            continue
        mine = _predicted(candidate, row)
        if mine is None:
            stage.failed(stage.watch.version)
        else:
            stage.asked(stage.watch.version)
            stage.compared(candidate.version, mine, champion.version, known)
    stage.smoked = True
    return True


def _predicted(model: ServedModel, row: Json) -> list[dict[str, Json]] | None:
    """Return the prediction of a row as it stands in the log; None when the version cannot read or score it."""
    try:
        read: CheckedRows = model.reader.read([row], parsed_json=True)
        return model.predict(model.completed(read))
    except InvalidRows:
        return None
