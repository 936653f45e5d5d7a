"""What a release is judged by: the workers' figures, and what predictions missed where outcomes are known."""

from __future__ import annotations

from contextlib import closing

from penstock.catalog.database import Catalog
from penstock.catalog.endpoint_health import Figures, health_of
from penstock.engine.release import Release
from penstock.engine.release_judge import Facts, Losses
from penstock.engine.session import Session
from penstock.lake.own_table import LABELS, PREDICTIONS

_PREDICTION = "json_extract_string(outputs, '$.prediction')"
_NUMBER = f"abs(TRY_CAST({_PREDICTION} AS DOUBLE) - TRY_CAST(actual AS DOUBLE))"
# 1 and 1.0 are the same class; 'one' is compared as it stands.
_CLASS = f"""CAST(CASE WHEN TRY_CAST({_PREDICTION} AS DOUBLE) IS NOT NULL AND TRY_CAST(actual AS DOUBLE) IS NOT NULL
    THEN TRY_CAST({_PREDICTION} AS DOUBLE) <> TRY_CAST(actual AS DOUBLE)
    ELSE {_PREDICTION} <> actual END AS DOUBLE)"""
_LOSSES = f"""
WITH outcomes AS (
    SELECT prediction_id, arg_max(json_extract_string(actual, '$'), "at") AS actual
    FROM {LABELS} WHERE lower(endpoint) = lower(?) AND "at" >= ? GROUP BY prediction_id
), losses AS (
    SELECT version, {{loss}} AS loss
    FROM {PREDICTIONS} JOIN outcomes USING (prediction_id)
    WHERE lower(endpoint) = lower(?) AND lower(model) = lower(?) AND "at" >= ? AND version IN (?, ?)
)
SELECT version, count(*), avg(loss), coalesce(var_samp(loss), 0) FROM losses WHERE isfinite(loss) GROUP BY version
"""


def counted(catalog: Catalog, release: Release) -> Facts:
    """Return what the workers have counted; nothing of outcomes."""
    stages = {stage: found for stage, found in health_of(catalog, release.endpoint).items() if _is_of(release, stage)}
    champion = [found[release.champion] for found in stages.values() if release.champion in found]
    return Facts(sum(champion, Figures()), stages.get(release.tag, {}).get(release.version))


def _is_of(release: Release, stage: str) -> bool:
    return stage.startswith(f"{release.id}.")


def losses(session: Session, release: Release) -> tuple[Losses, Losses]:
    """Return what the champion and the new version have missed since the release began, shadow answers included.

    The caller has its turn at the lake.
    """
    if release.outcome is None:
        return Losses(), Losses()
    sql = _LOSSES.format(loss=_NUMBER if release.outcome == "number" else _CLASS)
    values = [
        *(release.endpoint, release.began),
        *(release.endpoint, release.model, release.began, release.champion, release.version),
    ]
    with closing(session.lake.connection()) as connection:
        if not (connection.has(PREDICTIONS) and connection.has(LABELS)):
            return Losses(), Losses()
        rows = connection.rows(sql, values)
    found = {version: Losses(int(count), mean, variance) for version, count, mean, variance in rows}
    return found.get(release.champion, Losses()), found.get(release.version, Losses())
