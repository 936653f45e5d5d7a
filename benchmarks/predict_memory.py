"""Peak memory of ML.PREDICT over 10 M rows against 1 M, for every family that scores rows.

The rows come from a query as they are asked for and are added up as they are scored, so that what is held is what
scoring itself holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measurement import Claim, Json, be_a_side, run_side

ROWS, FEW_ROWS, TRAINING_ROWS = 10_000_000, 1_000_000, 5_000
PROJECT, SIZES = "project", "sizes.txt"
DATA = """
SELECT i * 37 % 101 AS a, i * 53 % 97 / 10.0 AS b, 'w' || i % 5 AS word, i % 101 + i % 7 AS amount,
    CASE WHEN i * 37 % 101 + i % 7 * 9 > 80 THEN 'yes' ELSE 'no' END AS bought
FROM range({rows}) AS t(i)
"""
# What a family is trained with, and a column of its prediction.
FAMILIES: Mapping[str, tuple[str, str, str]] = {
    "linear_reg": ("input_label_cols = ['amount']", "a, b, word, amount", "predicted_amount"),
    "logistic_reg": ("input_label_cols = ['bought']", "a, b, word, bought", "predicted_bought"),
    "boosted_tree_regressor": ("input_label_cols = ['amount']", "a, b, word, amount", "predicted_amount"),
    "boosted_tree_classifier": ("input_label_cols = ['bought']", "a, b, word, bought", "predicted_bought"),
    "random_forest_regressor": (
        "input_label_cols = ['amount'], num_parallel_tree = 10",
        "a, b, word, amount",
        "predicted_amount",
    ),
    "dnn_classifier": (
        "input_label_cols = ['bought'], hidden_units = [16], max_iterations = 2",
        "a, b, word, bought",
        "predicted_bought",
    ),
    "dnn_linear_combined_regressor": (
        "input_label_cols = ['amount'], hidden_units = [16], max_iterations = 2",
        "a, b, word, amount",
        "predicted_amount",
    ),
    "autoencoder": ("hidden_units = [4, 2, 4], max_iterations = 2", "a, b, word", "latent_col_1"),
    "kmeans": ("num_clusters = 4", "a, b, word", "CENTROID_ID"),
    "pca": ("num_principal_components = 2", "a, b, word", "principal_component_1"),
}


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    (folder / SIZES).write_text(f"{int(FEW_ROWS * scale)} {int(ROWS * scale)}")
    # A process of its own trains: what this one had held would count as the memory of those that it starts.
    run_side("predict_memory", "train", folder)
    for family in FAMILIES:
        (folder / "family.txt").write_text(family)
        few, many = (run_side("predict_memory", side, folder) for side in ("few", "many"))
        yield Claim(
            f"{family}: peak memory of 10 M over 1 M rows",
            [many.peak_bytes / few.peak_bytes],
            1.2,
            note=f"{few.peak_bytes / 1e6:,.0f} and {many.peak_bytes / 1e6:,.0f} MB; {many.said['rows']:,} rows "
            f"in {many.seconds:.0f} s",
        )


def train(folder: Path) -> Mapping[str, Json]:
    """Train a model of every family."""
    import penstock

    project = folder / PROJECT
    project.mkdir()
    (project / "penstock.toml").write_text("")
    with penstock.connect(project) as connection:
        connection.sql(f"CREATE TABLE training AS {DATA.format(rows=TRAINING_ROWS)}")
        for family, (options, columns, _) in FAMILIES.items():
            connection.sql(
                f"CREATE MODEL {family} OPTIONS (model_type = '{family}', {options}) AS SELECT {columns} FROM training"
            )
    return {}


def few(folder: Path) -> Mapping[str, Json]:
    return _scored(folder, 0)


def many(folder: Path) -> Mapping[str, Json]:
    return _scored(folder, 1)


def _scored(folder: Path, size: int) -> Mapping[str, Json]:
    import penstock

    rows = (folder / SIZES).read_text().split()[size]
    family = (folder / "family.txt").read_text()
    column = FAMILIES[family][2]
    with penstock.connect(folder / PROJECT) as connection:
        text = f"SELECT count({column}) AS rows FROM ML.PREDICT(MODEL {family}, ({DATA.format(rows=rows)}))"
        return {"rows": connection.sql(text).rows()[0]["rows"]}


if __name__ == "__main__":
    be_a_side({"train": train, "few": few, "many": many})
