"""ML.PREDICT over 5 M × 20 rows, Parquet to Parquet, against Arrow and onnxruntime put together by hand.

The script by hand runs the same trees, on a matrix that it fills itself; both write the predicted class and the
probability of the greater one.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.create_model import STATEMENT
from benchmarks.measurement import Claim, Json, be_a_side, megabytes, pairs, run_side
from benchmarks.tabular_data import LABEL, write_rows

ROWS, FEW_ROWS, TRAINING_ROWS = 5_000_000, 1_000_000, 200_000
PROJECT, MANY, FEW, CORE, LAYOUT = "project", "many.parquet", "few.parquet", "core.onnx", "layout.json"
QUERY = """
COPY (
    SELECT predicted_label, list_extract(predicted_label_probs, 1).prob AS probability
    FROM ML.PREDICT(MODEL clicks, (SELECT * FROM '{source}'))
) TO '{target}' (FORMAT parquet)
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    prepare(folder, scale)
    measured = pairs("predict_batch", "penstock", "by_hand", folder)
    _same_results(folder)
    rates = [int(ROWS * scale) / statistics.median(pair[side].seconds for pair in measured) for side in (0, 1)]
    yield Claim(
        "rows a second over by hand",
        [theirs.seconds / ours.seconds for ours, theirs in measured],
        0.9,
        at_least=True,
        note=f"{rates[0]:,.0f} and {rates[1]:,.0f} rows/s",
    )
    few = [run_side("predict_batch", "penstock_few", folder) for _ in range(len(measured))]
    many = [ours for ours, _ in measured]
    yield Claim(
        "peak memory of 5 M over 1 M rows",
        [large.peak_bytes / small.peak_bytes for large, small in zip(many, few, strict=True)],
        1.2,
        note=f"{megabytes(many)} and {megabytes(few)}",
    )


def prepare(folder: Path, scale: float) -> None:
    """Write the rows, train the model, and lay out its trees and vocabularies for the script by hand."""
    import penstock
    from penstock.learn.artifact import MODEL
    from penstock.learn.graph import core_of

    write_rows(folder / MANY, int(ROWS * scale), seed=11, label=False)
    write_rows(folder / FEW, int(FEW_ROWS * scale), seed=12, label=False)
    training = write_rows(folder / "training.parquet", TRAINING_ROWS)
    project = folder / PROJECT
    project.mkdir()
    (project / "penstock.toml").write_text("")
    with penstock.connect(project) as connection:
        connection.sql(STATEMENT.format(path=training))
        connection.sql(f"EXPORT MODEL clicks OPTIONS (uri = '{folder / 'exported'}')")
    core = core_of((folder / "exported" / MODEL).read_bytes())
    assert core is not None
    (folder / CORE).write_bytes(core)
    manifest = json.loads((folder / "exported" / "manifest.json").read_text())
    layout = [_lookup(code) for code in manifest["details"]["encoding"]]
    (folder / LAYOUT).write_text(json.dumps(layout))


def _lookup(code: Mapping[str, Json]) -> Json:
    """Return where a matrix column comes from: a number as it is, or for each word a value, the first for any other."""
    if code["kind"] == "number":
        return {"column": code["feature"], "words": None}
    words = code["vocabulary"]
    values = [row[0] for row in code["table"]] if code["kind"] == "table" else list(range(len(words) + 1))
    return {"column": code["feature"], "words": words, "values": values}


def penstock(folder: Path) -> Mapping[str, Json]:
    return _penstock(folder, MANY)


def penstock_few(folder: Path) -> Mapping[str, Json]:
    return _penstock(folder, FEW)


def _penstock(folder: Path, source: str) -> Mapping[str, Json]:
    import penstock

    with penstock.connect(folder / PROJECT) as connection:
        connection.sql(QUERY.format(source=folder / source, target=folder / "penstock.parquet"))
    return {}


def by_hand(folder: Path) -> Mapping[str, Json]:
    return score_by_hand(folder, folder / "by_hand.parquet", keep=False)


def score_by_hand(folder: Path, target: Path, *, keep: bool) -> Mapping[str, Json]:
    """Write the predicted class and its probability of every row, behind the row's own columns where they are kept."""
    import numpy as np
    import onnxruntime
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    session = onnxruntime.InferenceSession(folder / CORE, options, providers=["CPUExecutionProvider"])
    (wanted,) = session.get_inputs()
    layout = json.loads((folder / LAYOUT).read_text())
    words = [each["words"] and pa.array(each["words"]) for each in layout]
    values = [each["words"] and np.array(each["values"], dtype=np.float64) for each in layout]
    source = pq.ParquetFile(folder / MANY)
    made = [pa.field(f"predicted_{LABEL}", pa.int64()), pa.field("probability", pa.float64())]
    schema = pa.schema([*(source.schema_arrow if keep else []), *made])
    with pq.ParquetWriter(target, schema) as writer:
        for batch in source.iter_batches(65_536):
            matrix = np.empty((batch.num_rows, len(layout)))
            for place, each in enumerate(layout):
                column = batch.column(each["column"])
                if each["words"] is None:
                    matrix[:, place] = column.to_numpy(zero_copy_only=False)
                else:
                    coded = column.dictionary_encode()
                    codes = pc.index_in(coded.dictionary, value_set=words[place]).fill_null(-1).to_numpy() + 1
                    matrix[:, place] = values[place][codes][coded.indices.to_numpy()]
            probability = session.run(None, {wanted.name: matrix})[0][:, 1]
            columns = [*(batch.columns if keep else []), (probability > 0.5).astype(np.int64), probability]
            writer.write_table(pa.table(columns, schema=schema))
    return {}


def _same_results(folder: Path) -> None:
    """Stop when the two sides did not do the same work."""
    import numpy as np
    import pyarrow.parquet as pq

    ours, theirs = (pq.read_table(folder / f"{side}.parquet") for side in ("penstock", "by_hand"))
    if not np.allclose(ours["probability"].to_numpy(), theirs["probability"].to_numpy(), rtol=0, atol=1e-9):
        raise RuntimeError("The two sides of predict_batch give different probabilities.")


if __name__ == "__main__":
    be_a_side({"penstock": penstock, "penstock_few": penstock_few, "by_hand": by_hand})
