"""A trained model whose TRANSFORM is put into the graph that an endpoint runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.artifact import MANIFEST, MODEL, SERVED, LoadedModel
from penstock.learn.feature_column import flatten, rows_of
from penstock.learn.fitting import TrainedModel
from penstock.learn.graph_value import NotCompiled
from penstock.learn.manifest import RAW_INPUT, Manifest
from penstock.learn.served_graph import served_graph

# So many rows of the training are scored by both graphs, before and after TRANSFORM.
CHECKED_ROWS = 2_000
_LEFT = "Its endpoint asks DuckDB for TRANSFORM, since a graph"


def with_transform_in_graph(
    trained: TrainedModel, expressions: Mapping[str, ScalarExpression], table: pa.Table
) -> TrainedModel:
    """Return the model with a graph from raw columns to scores among its files, or with a note of why it has none.

    `table` holds the rows of the training, after TRANSFORM and, under RAW_INPUT and their names, before it. The graph
    is kept only if it gives what SQL gave on some of them.
    """
    manifest = trained.manifest
    if MODEL not in trained.files or manifest.transform is None:
        return trained
    try:
        served = served_graph(trained.files[MODEL], manifest.features, expressions, manifest.inputs)
    except NotCompiled as problem:
        return _noted(trained, f"{_LEFT} does not compute {problem}.")
    model = LoadedModel(manifest, {**trained.files, SERVED: served})
    rows = _some(table)
    scores, doubtful = model.score_raw(_raw(rows, model))
    wanted = model.score(flatten(rows))
    if not np.allclose(scores[~doubtful], wanted[~doubtful], rtol=1e-9, atol=1e-9, equal_nan=True):
        return _noted(trained, f"{_LEFT} computed it otherwise for a row.")
    return replace(trained, files={**trained.files, SERVED: served})


def why_left_out(manifest: Manifest) -> str:
    """Return why a graph does not compute the model's TRANSFORM; no words where nothing was noted."""
    told = (note.removeprefix(_LEFT) for note in manifest.notes if note.startswith(_LEFT))
    return next((f": a graph{words}" for words in told), ".")


def _some(table: pa.Table) -> pa.Table:
    """Return rows of a table, evenly spread."""
    picked = np.linspace(0, table.num_rows - 1, min(table.num_rows, CHECKED_ROWS)).astype(np.int64)
    return rows_of(table, np.unique(picked))


def _raw(rows: pa.Table, model: LoadedModel) -> pa.Table:
    """Return the columns before TRANSFORM; what it passes on as it is stands under its own name."""
    held = {name.casefold(): rows.column(name) for name in rows.column_names if not name.startswith(RAW_INPUT)}
    before = [name for name in rows.column_names if name.startswith(RAW_INPUT)]
    held |= {name.removeprefix(RAW_INPUT).casefold(): rows.column(name) for name in before}
    inputs = model.manifest.inputs
    return pa.table({column.name: held[column.name.casefold()] for column in inputs})


def _noted(trained: TrainedModel, note: str) -> TrainedModel:
    manifest = replace(trained.manifest, notes=(*trained.manifest.notes, note))
    return replace(trained, files={**trained.files, MANIFEST: manifest.as_json().encode()}, manifest=manifest)
