"""CREATE MODEL of k-means and of principal components on 1 M × 20 rows, against scikit-learn called by hand.

The scripts do what a person would: read the rows with DuckDB, standardise the numbers, put the mean for NULL, write the
texts out as one-hot columns, fit, and measure the model on its rows. Clusters begin at random rows and move as often on
both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measurement import Claim, Json, be_a_side, megabytes, pairs
from benchmarks.tabular_data import NUMBERS, TEXTS, write_rows

ROWS, CLUSTERS, ROUNDS, COMPONENTS = 1_000_000, 8, 20, 5
DATA = "rows.parquet"
COLUMNS = ", ".join((*NUMBERS, *TEXTS[:2]))
K_MEANS = f"""
CREATE MODEL groups OPTIONS (
    model_type = 'kmeans', num_clusters = {CLUSTERS}, max_iterations = {ROUNDS}, early_stop = FALSE
) AS SELECT {COLUMNS} FROM '{{path}}'
"""
PCA = f"""
CREATE MODEL shape OPTIONS (model_type = 'pca', num_principal_components = {COMPONENTS})
AS SELECT {COLUMNS} FROM '{{path}}'
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    write_rows(folder / DATA, int(ROWS * scale))
    for what in ("k_means", "principal_components"):
        measured = pairs("create_unlabelled", what, f"{what}_by_hand", folder)
        said = [pair.said["measure"] for pair in measured[0]]
        yield Claim(
            f"{what.replace('_', ' ')}: time over by hand",
            [ours.seconds / theirs.seconds for ours, theirs in measured],
            1.2,
            note=f"measure {said[0]:.4f} and {said[1]:.4f}; "
            + " and ".join(megabytes([pair[side] for pair in measured]) for side in (0, 1)),
        )


def k_means(folder: Path) -> Mapping[str, Json]:
    return _made(folder, K_MEANS, "SELECT mean_squared_distance FROM ML.EVALUATE(MODEL groups)")


def principal_components(folder: Path) -> Mapping[str, Json]:
    return _made(folder, PCA, "SELECT total_explained_variance_ratio FROM ML.EVALUATE(MODEL shape)")


def _made(folder: Path, statement: str, question: str) -> Mapping[str, Json]:
    import penstock

    with penstock.connect() as connection:
        connection.sql(statement.format(path=folder / DATA))
        (row,) = connection.sql(question).rows()
    return {"measure": next(iter(row.values()))}


def k_means_by_hand(folder: Path) -> Mapping[str, Json]:
    from sklearn.cluster import KMeans

    matrix = _matrix(folder)
    model = KMeans(CLUSTERS, init="random", n_init=1, max_iter=ROUNDS, tol=0, random_state=1).fit(matrix)
    return {"measure": float(model.inertia_) / len(matrix)}


def principal_components_by_hand(folder: Path) -> Mapping[str, Json]:
    from sklearn.decomposition import PCA

    model = PCA(COMPONENTS).fit(_matrix(folder))
    return {"measure": float(model.explained_variance_ratio_.sum())}


def _matrix(folder: Path) -> Any:
    import duckdb
    import numpy as np

    rows = duckdb.sql(f"SELECT {COLUMNS} FROM '{folder / DATA}'").to_arrow_table()
    parts = []
    for name in NUMBERS:
        values = rows.column(name).to_numpy()
        parts.append(np.nan_to_num((values - np.nanmean(values)) / np.nanstd(values, ddof=1))[:, None])
    for name in TEXTS[:2]:
        coded = rows.column(name).combine_chunks().dictionary_encode()
        parts.append(np.eye(len(coded.dictionary))[coded.indices.to_numpy()])
    return np.concatenate(parts, axis=1)


if __name__ == "__main__":
    be_a_side(
        {
            "k_means": k_means,
            "k_means_by_hand": k_means_by_hand,
            "principal_components": principal_components,
            "principal_components_by_hand": principal_components_by_hand,
        }
    )
