"""BigQuery ML's published numbers for the penguins, by way of the functions and of its own SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from penstock.core.spans import Span
from penstock.functions.transform import freeze_transform
from penstock.lake.database import ArrowRows
from penstock.sql.statement import Query

if TYPE_CHECKING:
    from conftest import World


@pytest.fixture
def penguins(world: World) -> World:
    path = Path(__file__).parents[1] / "data" / "bigquery-ml" / "penguins.jsonl"
    world.connection.execute(f"CREATE TABLE penguins AS SELECT * FROM read_json('{path}')")
    rows = world.connection.table("SELECT * FROM penguins WHERE body_mass_g IS NOT NULL")
    world.train("mass", rows, "linear_reg", "body_mass_g", enable_global_explain=True)
    three = pa.table(
        {
            "tag": [1633, 1672, 1690],
            "species": ["Adelie Penguin (Pygoscelis adeliae)"] * 2 + ["Chinstrap penguin (Pygoscelis antarctica)"],
            "island": ["Torgersen", "Torgersen", "Dream"],
            "culmen_length_mm": [39.5, 38.5, 37.9],
            "culmen_depth_mm": [18.8, 17.2, 18.1],
            "flipper_length_mm": [196.0, 181.0, 188.0],
            "sex": ["MALE", "FEMALE", "FEMALE"],
        }
    )
    world.connection.register("given_rows", ArrowRows(three.schema, lambda: iter(three.to_batches())))
    world.connection.execute("CREATE TABLE three AS SELECT * FROM given_rows")
    world.connection.unregister("given_rows")
    return world


def test_evaluate_gives_the_published_metrics(penguins: World) -> None:
    sql = "SELECT * FROM ML.EVALUATE(MODEL `mass`, (SELECT * FROM penguins WHERE body_mass_g IS NOT NULL))"
    row = penguins.sql(sql, dialect="bigquery").to_pylist()[0]
    assert {name: round(value, 6) for name, value in row.items()} == {
        "mean_absolute_error": 227.012237,
        "mean_squared_error": 81838.159892,
        "mean_squared_log_error": 0.00507,
        "median_absolute_error": 173.080816,
        "r2_score": 0.872377,
        "explained_variance": 0.872377,
    }


def test_evaluate_of_complete_rows_gives_the_published_metrics(penguins: World) -> None:
    row = penguins.rows("""
        SELECT * FROM ML.EVALUATE(MODEL mass, (
          SELECT * FROM penguins WHERE body_mass_g IS NOT NULL AND sex IS NOT NULL))
    """)[0]
    assert round(row["mean_absolute_error"], 6) == 225.817334
    assert round(row["mean_squared_error"], 4) == 80540.7059


def test_predict_gives_the_published_predictions(penguins: World) -> None:
    rows = penguins.rows("SELECT tag, predicted_body_mass_g AS p FROM ML.PREDICT(MODEL mass, TABLE three) ORDER BY tag")
    assert [(row["tag"], round(row["p"], 3)) for row in rows] == [(1633, 4030.066), (1672, 3280.806), (1690, 3177.903)]


def test_global_explain_gives_the_published_attributions(penguins: World) -> None:
    rows = penguins.rows("SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL mass)")
    found = {row["feature"]: round(row["attribution"], 6) for row in rows}
    assert found["flipper_length_mm"] == 193.612051
    assert found["culmen_depth_mm"] == 117.084944
    assert found["culmen_length_mm"] == 94.366793


def test_label_encoder_numbers_the_sexes_as_published(penguins: World) -> None:
    clause = Query("ML.LABEL_ENCODER(sex, 100, 0) OVER () AS code", "bigquery", Span("m.sql", 1, 1, 1, 1))
    _, sql = freeze_transform(clause, "SELECT sex FROM penguins", penguins.connection, [])
    pairs = penguins.connection.rows(f"SELECT DISTINCT p.sex, code FROM ({sql}) POSITIONAL JOIN penguins p ORDER BY 2")
    assert pairs == [(None, 0), (".", 1), ("FEMALE", 2), ("MALE", 3)]
