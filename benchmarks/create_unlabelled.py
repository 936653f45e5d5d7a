"""CREATE MODEL of k-means and of principal components on 1 M × 20 rows, against scikit-learn called by hand, and of a
matrix factorization on 1 M ratings, against alternating least squares by hand.

The scripts do what a person would: read the rows with DuckDB, standardise the numbers, put the mean for NULL, write the
texts out as one-hot columns, fit, and measure the model on its rows. Clusters begin at random rows and move as often on
both sides. No library of the lock factorizes ratings, so the script for them is NumPy: users and items become numbers,
ratings are sorted by each, and a ridge regression is solved for every user and every item in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measurement import Claim, Json, be_a_side, megabytes, pairs
from benchmarks.tabular_data import NUMBERS, TEXTS, write_rows

ROWS, CLUSTERS, ROUNDS, COMPONENTS = 1_000_000, 8, 20, 5
USERS, ITEMS, FACTORS, RIDGE, TURNS = 20_000, 5_000, 20, 5.0, 10
DATA, RATINGS = "rows.parquet", "ratings.parquet"
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

TASTE = f"""
CREATE MODEL taste OPTIONS (
    model_type = 'matrix_factorization', num_factors = {FACTORS}, l2_reg = {RIDGE}, max_iterations = {TURNS},
    early_stop = FALSE
) AS SELECT * FROM '{{path}}'
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    write_rows(folder / DATA, int(ROWS * scale))
    _write_ratings(folder / RATINGS, int(ROWS * scale))
    for what in ("k_means", "principal_components", "matrix_factorization"):
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


def matrix_factorization(folder: Path) -> Mapping[str, Json]:
    return _made(folder, TASTE, "SELECT mean_squared_error FROM ML.EVALUATE(MODEL taste)", RATINGS)


def _made(folder: Path, statement: str, question: str, data: str = DATA) -> Mapping[str, Json]:
    import penstock

    with penstock.connect() as connection:
        connection.sql(statement.format(path=folder / data))
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


def matrix_factorization_by_hand(folder: Path) -> Mapping[str, Json]:
    import duckdb
    import numpy as np

    rows = duckdb.sql(f"SELECT * FROM '{folder / RATINGS}'").fetchnumpy()
    users, items = (np.unique(rows[name], return_inverse=True)[1] for name in ("user", "item"))
    values = rows["rating"] - rows["rating"].mean()
    sides = []
    for own, other in ((users, items), (items, users)):
        order = np.argsort(own, kind="stable")
        sides.append((np.cumsum(np.bincount(own))[:-1], other[order], values[order]))
    held = np.random.default_rng(1).normal(scale=0.2, size=(items.max() + 1, FACTORS + 1))
    held[:, -1] = 0.0
    vectors = []
    for turn in range(2 * TURNS):
        ends, others, wanted = sides[turn % 2]
        inputs = np.column_stack([held[:, :-1], np.ones(len(held))])
        wanted = wanted - held[others, -1]
        solved = []
        for near, target in zip(np.split(others, ends), np.split(wanted, ends), strict=True):
            known = inputs[near]
            solved.append(np.linalg.solve(known.T @ known + RIDGE * np.eye(FACTORS + 1), known.T @ target))
        held = np.array(solved)
        vectors = [*vectors[-1:], held]
    first, second = vectors[0][users], vectors[1][items]
    scores = np.einsum("ij,ij->i", first[:, :-1], second[:, :-1]) + first[:, -1] + second[:, -1]
    return {"measure": float(np.mean((values - scores) ** 2))}


def _write_ratings(path: Path, rows: int) -> None:
    """Write ratings of two tastes; some users and items have many more than others."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    random = np.random.default_rng(0)
    users = (random.random(rows) ** 1.5 * USERS).astype(np.int64)
    items = (random.random(rows) ** 2 * ITEMS).astype(np.int64)
    of_users, of_items = random.normal(size=(USERS, 4)), random.normal(size=(ITEMS, 4))
    liked = 3.5 + 0.5 * np.einsum("ij,ij->i", of_users[users], of_items[items]) + 0.7 * random.normal(size=rows)
    ratings = np.clip(np.round(2 * liked) / 2, 0.5, 5.0)
    parquet.write_table(pa.table({"user": users, "item": items, "rating": ratings}), path)


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
            "matrix_factorization": matrix_factorization,
            "matrix_factorization_by_hand": matrix_factorization_by_hand,
        }
    )
