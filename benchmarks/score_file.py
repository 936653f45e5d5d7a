"""`penstock score` of 5 M × 20 rows, Parquet to Parquet, against Arrow and onnxruntime put together by hand.

Both write every column of the rows with the predicted class and its probability; the script by hand runs the same
trees, with as many threads as there are cores, on a matrix that it fills itself.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measurement import Claim, Json, be_a_side, megabytes, pairs
from benchmarks.predict_batch import MANY, PROJECT, ROWS, prepare, score_by_hand

OURS, THEIRS = "scored.parquet", "by_hand.parquet"


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    import penstock

    prepare(folder, scale)
    with penstock.connect(folder / PROJECT) as connection:
        connection.sql("CREATE ENDPOINT clicks_api ON MODEL clicks")
    measured = pairs("score_file", "penstock", "by_hand", folder)
    rates = [int(ROWS * scale) / statistics.median(pair[side].seconds for pair in measured) for side in (0, 1)]
    yield Claim(
        "rows a second over by hand",
        [theirs.seconds / ours.seconds for ours, theirs in measured],
        2.0,
        at_least=True,
        note=f"{rates[0]:,.0f} and {rates[1]:,.0f} rows/s; {megabytes([ours for ours, _ in measured])}",
    )
    yield Claim("greatest difference of a probability", [_difference(folder)], 1e-6)


def penstock(folder: Path) -> Mapping[str, Json]:
    import penstock

    with penstock.connect(folder / PROJECT) as connection:
        connection.score("clicks_api", folder / MANY, folder / OURS)
    return {}


def by_hand(folder: Path) -> Mapping[str, Json]:
    return score_by_hand(folder, folder / THEIRS, keep=True)


def _difference(folder: Path) -> float:
    """Return the greatest difference between the two files' probabilities; raise RuntimeError where rows differ."""
    import duckdb

    matched = duckdb.execute(
        """
        SELECT count(*) FILTER (ours.n0 IS DISTINCT FROM theirs.n0 OR ours.c7 IS DISTINCT FROM theirs.c7),
            max(abs(list_extract(ours.predicted_label_probs, 1).prob - theirs.probability)), count(*)
        FROM read_parquet(?, file_row_number = true) AS ours
        JOIN read_parquet(?, file_row_number = true) AS theirs USING (file_row_number)
        """,
        [str(folder / OURS), str(folder / THEIRS)],
    ).fetchone()
    assert matched is not None
    other, difference, rows = matched
    if other or not rows:
        raise RuntimeError(f"{other:,} of {rows:,} rows are not where they were.")
    return float(difference)


if __name__ == "__main__":
    be_a_side({"penstock": penstock, "by_hand": by_hand})
