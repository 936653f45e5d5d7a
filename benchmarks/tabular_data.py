"""Rows to measure with: twelve numbers, eight texts and a label that depends on some of them. The same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NUMBERS = tuple(f"n{i}" for i in range(12))
CARDINALITIES = (3, 5, 10, 20, 50, 100, 500, 1_000)
TEXTS = tuple(f"c{i}" for i in range(len(CARDINALITIES)))
LABEL = "label"
CHUNK = 250_000


def write_rows(path: Path, rows: int, seed: int = 7, *, label: bool = True) -> Path:
    """Write a Parquet file of `rows` rows and return its path; one number in fifty is NULL."""
    rng = np.random.default_rng(seed)
    words = [pa.array([f"{name} {i:04}" for i in range(size)]) for name, size in zip(TEXTS, CARDINALITIES, strict=True)]
    writer = None
    for begin in range(0, rows, CHUNK):
        table = _rows(rng, words, min(CHUNK, rows - begin), label=label)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return path


def _rows(rng: np.random.Generator, words: list[pa.Array], rows: int, *, label: bool) -> pa.Table:
    numbers = rng.normal(size=(len(NUMBERS), rows))
    codes = [rng.integers(0, len(known), rows) for known in words]
    columns = {
        name: pa.array(values, mask=rng.uniform(size=rows) < 0.02)
        for name, values in zip(NUMBERS, numbers, strict=True)
    }
    columns |= {name: known.take(pa.array(code)) for name, known, code in zip(TEXTS, words, codes, strict=True)}
    if label:
        pull = numbers[0] + 0.5 * numbers[1] * numbers[2] + (codes[2] - 4.5) * 0.3 + np.sin(codes[6]) - 0.5
        columns[LABEL] = pa.array((rng.uniform(size=rows) < 1 / (1 + np.exp(-pull))).astype(np.int64))
    return pa.table(columns)
