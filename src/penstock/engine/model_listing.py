"""INFORMATION_SCHEMA.MODELS: every version of every model as a relation that any query may read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from penstock.catalog.objects import ObjectState
from penstock.catalog.versions import Version, aliases_of_all, list_versions
from penstock.core.names import name_key
from penstock.engine.artifact import manifest_of
from penstock.engine.deployed import deployed_specs
from penstock.engine.model_option import label_pairs, moment, option_of
from penstock.engine.session import Session
from penstock.learn.manifest import Manifest
from penstock.project.model import ModelSpec
from penstock.sql.references import MODEL_LISTING


def _pairs(first: tuple[str, pa.DataType], second: tuple[str, pa.DataType]) -> pa.DataType:
    return pa.list_(pa.struct([pa.field(*first), pa.field(*second)]))


TEXT, COUNT, MOMENT = pa.string(), pa.int64(), pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("model_schema", TEXT),
        ("model_name", TEXT),
        ("version", COUNT),
        ("aliases", pa.list_(TEXT)),
        ("status", TEXT),
        ("model_type", TEXT),
        ("task", TEXT),
        ("label", TEXT),
        ("features", _pairs(("name", TEXT), ("type", TEXT))),
        ("metrics", _pairs(("name", TEXT), ("value", pa.float64()))),
        ("options", _pairs(("name", TEXT), ("value", TEXT))),
        ("train_rows", COUNT),
        ("held_out_rows", COUNT),
        ("creation_time", MOMENT),
        ("run_id", TEXT),
        ("reason", TEXT),
        ("seed", COUNT),
        ("artifact_hash", TEXT),
        ("description", TEXT),
        ("labels", _pairs(("key", TEXT), ("value", TEXT))),
        ("expiration_time", MOMENT),
    ]
)


def model_listing(session: Session, name: str) -> pa.Table:
    """Return one row a version, by model and number; `name` may restrict it to the models of one schema.

    A region, as BigQuery writes it, restricts nothing.
    """
    schema = name.casefold().removesuffix(MODEL_LISTING).rstrip(".")
    everywhere = not schema or schema.startswith("region-")
    versions: dict[str, list[Version]] = {}
    for version in list_versions(session.catalog):
        versions.setdefault(name_key(version.model), []).append(version)
    known = aliases_of_all(session.catalog)
    rows = [
        row
        for state, spec in deployed_specs(session, ModelSpec)
        if everywhere or _parts(state.name.name)[0].casefold() == schema
        for row in _rows(session, state, spec, versions.get(state.name.key, []), known.get(state.name.key, {}))
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(
    session: Session, state: ObjectState, spec: ModelSpec, versions: list[Version], numbers: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    in_schema, name = _parts(state.name.name)
    labels = label_pairs(option_of(state, spec.options, "labels") or []) or []
    expires = option_of(state, spec.options, "expiration_timestamp")
    for version in versions:
        yield {
            "model_schema": in_schema,
            "model_name": name,
            "version": version.number,
            "aliases": sorted(alias for alias, number in numbers.items() if number == version.number),
            "status": version.status,
            "metrics": [{"name": metric, "value": value} for metric, value in version.metrics.items()],
            "options": [
                {"name": option, "value": _text(value)}
                for option, value in sorted(version.options.items())
                if not option.startswith("__")
            ],
            "creation_time": version.created_at,
            "run_id": version.run_id,
            "reason": version.reason,
            "seed": version.seed,
            "artifact_hash": version.artifact_hash,
            "description": option_of(state, spec.options, "description"),
            "labels": [{"key": key, "value": value} for key, value in labels],
            "expiration_time": _moment(expires),
            "model_type": spec.model_type,
            **_of_manifest(manifest_of(session, version)),
        }


def _of_manifest(manifest: Manifest | None) -> dict[str, Any]:
    if manifest is None:
        return {}
    return {
        "model_type": manifest.model_type,
        "task": str(manifest.task),
        "label": manifest.label or None,
        "features": [{"name": feature.name, "type": feature.arrow} for feature in manifest.inputs],
        "train_rows": manifest.train_rows,
        "held_out_rows": manifest.held_out_rows,
    }


def _parts(name: str) -> tuple[str, str]:
    schema, _, own = name.rpartition(".")
    return schema or "main", own


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(value: object) -> datetime | None:
    return None if value is None else moment(str(value))
