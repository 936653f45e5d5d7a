"""CREATE MODEL of boosted trees on 1 M × 20 rows, against a script of DuckDB and LightGBM written by hand.

The script does what a person would: it reads the rows with DuckDB, numbers the texts by the alphabet, holds out as many
rows at random, grows as many trees of the same shape with the held-out loss after each round, saves the model, and
measures it on the held-out rows. It does not look for leaks, describes no column, and exports nothing.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measurement import Claim, Json, be_a_side, megabytes, pairs
from benchmarks.tabular_data import LABEL, NUMBERS, TEXTS, write_rows

ROWS, TREES, HELD_OUT = 1_000_000, 100, 10_000
DATA = "rows.parquet"
STATEMENT = f"""
CREATE MODEL clicks OPTIONS (
    model_type = 'boosted_tree_classifier', input_label_cols = ['{LABEL}'], max_iterations = {TREES}, early_stop = FALSE
) AS SELECT * FROM '{{path}}'
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    write_rows(folder / DATA, int(ROWS * scale))
    measured = pairs("create_model", "penstock", "by_hand", folder)
    scores = [statistics.median(pair[side].said["roc_auc"] for pair in measured) for side in (0, 1)]
    seconds = [statistics.median(pair[side].seconds for pair in measured) for side in (0, 1)]
    yield Claim(
        "time over by hand",
        [ours.seconds / theirs.seconds for ours, theirs in measured],
        1.15,
        note=f"{seconds[0]:.1f} s and {seconds[1]:.1f} s; roc_auc {scores[0]:.4f} and {scores[1]:.4f}",
    )
    yield Claim(
        "peak memory over by hand",
        [ours.peak_bytes / theirs.peak_bytes for ours, theirs in measured],
        1.5,
        note=" and ".join(megabytes([pair[side] for pair in measured]) for side in (0, 1)),
    )


def penstock(folder: Path) -> Mapping[str, Json]:
    import penstock

    with penstock.connect() as connection:
        connection.sql(STATEMENT.format(path=folder / DATA))
        (row,) = connection.sql("SELECT roc_auc FROM ML.EVALUATE(MODEL clicks)").rows()
    return row


def by_hand(folder: Path) -> Mapping[str, Json]:
    import duckdb
    import lightgbm
    import numpy as np
    from sklearn.metrics import roc_auc_score

    rows = duckdb.sql(f"SELECT * FROM '{folder / DATA}'").to_arrow_table()
    label = rows.column(LABEL).to_numpy()
    matrix = np.empty((rows.num_rows, len(NUMBERS) + len(TEXTS)))
    for place, name in enumerate(NUMBERS):
        matrix[:, place] = rows.column(name).to_numpy()
    for place, name in enumerate(TEXTS, len(NUMBERS)):
        coded = rows.column(name).combine_chunks().dictionary_encode()
        rank = np.argsort(np.argsort(coded.dictionary.to_numpy(zero_copy_only=False)))
        matrix[:, place] = rank[coded.indices.to_numpy()] + 1
    del rows
    order = np.random.default_rng(1).permutation(len(label))
    judging, training = order[:HELD_OUT], order[HELD_OUT:]
    parameters = {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": 0.3,
        "max_depth": 6,
        "num_leaves": 64,
        "lambda_l2": 1.0,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": 1.0,
        "num_threads": os.cpu_count(),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    categorical = list(range(len(NUMBERS), matrix.shape[1]))
    train_set = lightgbm.Dataset(
        matrix[training], label[training], categorical_feature=categorical, params=dict(parameters)
    )
    judges = train_set.create_valid(matrix[judging], label[judging], params=dict(parameters))
    booster = lightgbm.train(parameters, train_set, TREES, valid_sets=[judges])
    booster.save_model(folder / "by_hand.txt")
    return {"roc_auc": float(roc_auc_score(label[judging], booster.predict(matrix[judging])))}


if __name__ == "__main__":
    be_a_side({"penstock": penstock, "by_hand": by_hand})
