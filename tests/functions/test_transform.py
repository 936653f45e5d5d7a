"""TRANSFORM: frozen over the training rows, applied to any rows; what a clause may not do; ML.TRANSFORM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, SyntaxProblem, UnknownName, UntrainableModel
from penstock.core.spans import Span
from penstock.functions.transform import apply_transform_sql, freeze_transform
from penstock.learn.manifest import Transform, read_manifest
from penstock.learn.schema import FeatureType
from penstock.sql.statement import Dialect, Query

if TYPE_CHECKING:
    from conftest import World

TRIPS = "SELECT distance, 도시, fare FROM trips"
CLAUSE = """
    ML.STANDARD_SCALER(distance) OVER () AS far,
    ML.QUANTILE_BUCKETIZE(distance + 1, 3) OVER () AS third,
    ML.BUCKETIZE(distance, [10, 20], 'bucket_ranges') AS band,
    lower(도시) || '!' AS 도시,
    fare
"""


def frozen(
    world: World,
    clause: str,
    sql: str = TRIPS,
    passed: tuple[str, ...] = ("fare",),
    dialect: Dialect = "duckdb",
) -> tuple[Transform, str]:
    span = Span("m.sql", 3, 5, 3, 9)
    return freeze_transform(Query(clause, dialect, span), sql, world.connection, passed)


def test_features_come_before_the_columns_that_are_passed_on(world: World) -> None:
    transform, sql = frozen(world, CLAUSE)
    assert [column.name for column in transform.columns] == ["far", "third", "band", "도시"]
    table = world.connection.table(sql)
    assert table.schema.names == ["far", "third", "band", "도시", "fare"]
    assert set(table["도시"].to_pylist()) == {"seoul!", "busan!", "jeju!"}
    assert set(table["band"].to_pylist()) == {"(-inf, 10)", "[10, 20)", "[20, +inf)", None}
    assert np.nanmean(table["far"].to_numpy()) == pytest.approx(0, abs=1e-12)
    assert np.nanstd(table["far"].to_numpy()) == pytest.approx(1)


def test_inputs_are_the_raw_columns_that_features_read(world: World) -> None:
    transform, _ = frozen(world, "ML.MAX_ABS_SCALER(DISTANCE * 2) OVER () AS x, fare", "SELECT * FROM trips")
    assert [(feature.name, feature.type, feature.arrow) for feature in transform.inputs] == [
        ("distance", FeatureType.NUMBER, "double")
    ]


def test_what_a_row_gives_does_not_depend_on_its_neighbours(world: World) -> None:
    transform, training = frozen(world, CLAUSE)
    whole = world.connection.table(f"SELECT far, third, band, 도시 FROM ({training})")
    one_by_one = [
        world.connection.table(apply_transform_sql(transform, f"SELECT * FROM trips WHERE id = {row}"))
        for row in (0, 7, 123, 399)
    ]
    assert pa.concat_tables(one_by_one).to_pylist() == whole.take([0, 7, 123, 399]).to_pylist()


def test_stars_are_written_out(world: World) -> None:
    everything = "SELECT * FROM trips"
    transform, sql = frozen(world, "* EXCEPT (id, MOOD) REPLACE (upper(tip) AS tip), distance / 2 AS half", everything)
    assert [column.name for column in transform.columns] == ["distance", "도시", "tip", "half"]
    assert world.connection.columns(sql).names == ["distance", "도시", "tip", "half", "fare"]
    assert set(world.connection.table(sql)["tip"].to_pylist()) == {"YES", "NO"}


def test_a_bigquery_clause_is_translated(world: World) -> None:
    clause = "IF(`distance` > 5, 'far', 'near') AS d, ML.LABEL_ENCODER(`도시`) OVER() AS c, fare"
    transform, sql = frozen(world, clause, dialect="bigquery")
    rows = world.connection.table(sql)
    assert set(rows["d"].to_pylist()) == {"far", "near"}
    assert set(rows["c"].to_pylist()) == {1, 2, 3}
    assert transform.columns[1].name == "c"


def test_columns_passed_on_need_not_be_listed(world: World) -> None:
    transform, sql = frozen(world, "distance AS d", passed=("FARE", "not_there"))
    assert [column.name for column in transform.columns] == ["d"]
    assert world.connection.columns(sql).names == ["d", "fare"]


def test_a_comment_at_the_end_of_the_training_query_does_no_harm(world: World) -> None:
    transform, sql = frozen(world, "ML.MIN_MAX_SCALER(distance) OVER () AS d, fare", f"{TRIPS} -- all of them")
    assert world.connection.table(sql).num_rows == 400
    assert world.connection.table(apply_transform_sql(transform, f"{TRIPS} -- here too")).num_rows == 400


@pytest.mark.parametrize(
    ("clause", "error", "words"),
    [
        ("ML.STANDARD_SCALER(distanse) OVER () AS d", UnknownName, "Did you mean 'distance'"),
        ("* EXCEPT (idd), 1 AS one", UnknownName, "'idd'"),
        ("ML.FEATURE_CROSSING(STRUCT(도시, fare)) AS c", UnknownName, "Did you mean 'ML.FEATURE_CROSS'"),
        ("ML.FEATURE_CROSS(도시) AS c", InvalidOption, "takes a struct; 도시 is string"),
        ("ML.FEATURE_CROSS(STRUCT(도시)) AS c", InvalidOption, "at least two features"),
        ("ML.STANDART_SCALER(distance) OVER () AS d", UnknownName, "Did you mean 'ML.STANDARD_SCALER'"),
        ("ML.STANDARD_SCALER(distance) AS d", InvalidOption, "written with OVER"),
        ("ML.BUCKETIZE(distance, [1, 2]) OVER () AS d", InvalidOption, "takes no OVER"),
        ("ML.STANDARD_SCALER(도시) OVER () AS d", InvalidOption, "takes a number; 도시 is string"),
        ("ML.LABEL_ENCODER(distance) OVER () AS d", InvalidOption, "takes a text"),
        ("ML.QUANTILE_BUCKETIZE(distance) OVER () AS d", InvalidOption, "needs num_buckets"),
        ("ML.QUANTILE_BUCKETIZE(distance, 0) OVER () AS d", InvalidOption, "at least 1"),
        ("ML.BUCKETIZE(distance, [1], 'names') AS d", InvalidOption, "'bucket_ranges'"),
        ("ML.ROBUST_SCALER(distance, [80, 20]) OVER () AS d", InvalidOption, "lower one first"),
        ("ML.STANDARD_SCALER(distance, 3) OVER () AS d", InvalidOption, "no place for 3"),
        ("ML.STANDARD_SCALER(distance, fare) OVER () AS d", InvalidOption, "takes one column"),
        ("distance, fare * 2 AS fare", InvalidOption, "pass the column fare on as it is"),
        ("fare", UntrainableModel, "no feature"),
        ("*, 2 * distance AS distance", BadData, "two columns the name 'distance'"),
        ("avg(distance) AS d", SyntaxProblem, "aggregate"),
        ("distance * 2", SyntaxProblem, "name"),
    ],
)
def test_clauses_that_cannot_be_applied(world: World, clause: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        frozen(world, clause)


def test_a_column_that_no_model_takes_cannot_be_read(world: World) -> None:
    with pytest.raises(BadData, match="'b' of type binary"):
        frozen(world, "octet_length(b) AS n", "SELECT 'x'::BLOB AS b, 1.0 AS fare")


def test_training_columns_with_one_name_are_refused(world: World) -> None:
    with pytest.raises(BadData, match="two columns the name 'fare'"):
        frozen(world, "*", "SELECT a.fare, b.fare FROM trips a JOIN trips b USING (id)")


def test_empty_training_rows_learn_nothing_and_do_not_fail(world: World) -> None:
    clause = """ML.STANDARD_SCALER(distance) OVER () AS a, ML.LABEL_ENCODER(도시) OVER () AS b,
        ML.IMPUTER(도시, 'most_frequent') OVER () AS c, ML.QUANTILE_BUCKETIZE(distance, 4) OVER () AS d"""
    transform, _ = frozen(world, clause, f"{TRIPS} WHERE FALSE")
    row = world.connection.table(apply_transform_sql(transform, "SELECT 2.0 AS distance, 'Seoul' AS 도시")).to_pylist()
    assert row == [{"a": None, "b": 0, "c": "Seoul", "d": "bin_1"}]


@pytest.fixture
def scaled(world: World) -> World:
    world.train_with_transform("scaled", CLAUSE, TRIPS, "linear_reg", "fare", data_split_method="NO_SPLIT")
    return world


def test_a_model_with_transform_predicts_from_raw_columns(scaled: World) -> None:
    found = scaled.sql("SELECT * FROM ML.PREDICT(MODEL scaled, TABLE trips)")
    assert found.schema.names == ["predicted_fare", "id", "distance", "도시", "fare", "tip", "mood"]
    known = np.array(found["distance"].is_valid())
    gap = np.abs(np.array(found["predicted_fare"]) - np.array(found["fare"]))
    assert gap[known].max() < 3


def test_a_model_with_transform_is_judged_and_explained_on_raw_columns(scaled: World) -> None:
    stored = scaled.rows("SELECT * FROM ML.EVALUATE(MODEL scaled)")[0]
    assert scaled.rows("SELECT * FROM ML.EVALUATE(MODEL scaled, TABLE trips)")[0] == pytest.approx(stored)
    row = scaled.rows("SELECT * FROM ML.EXPLAIN_PREDICT(MODEL scaled, TABLE trips) LIMIT 1")[0]
    names = {item["feature"] for item in row["top_feature_attributions"]}
    assert names == {"far", "third", "band", "도시"}


def test_a_model_with_transform_names_a_missing_raw_column(scaled: World) -> None:
    with pytest.raises(UnknownName, match="no column 'distance', which model scaled needs"):
        scaled.sql("SELECT * FROM ML.PREDICT(MODEL scaled, (SELECT 도시 FROM trips))")


def test_ml_transform_gives_outputs_then_columns_that_it_does_not_read(scaled: World) -> None:
    found = scaled.sql("SELECT * FROM ML.TRANSFORM(MODEL scaled, (SELECT *, uuid() AS u FROM trips)) ORDER BY id")
    assert found.schema.names == ["far", "third", "band", "도시", "fare", "id", "tip", "mood", "u"]
    assert found.num_rows == 400
    types = scaled.rows(
        "SELECT DISTINCT typeof(u) AS t FROM ML.TRANSFORM(MODEL scaled, (SELECT *, uuid() u FROM trips))"
    )
    assert types == [{"t": "UUID"}]


def test_ml_transform_gives_what_is_passed_on_in_its_place_of_the_clause(world: World) -> None:
    clause = "Fare, ML.MAX_ABS_SCALER(distance) OVER () AS far, 도시"
    world.train_with_transform("fare_first", clause, TRIPS, "linear_reg", "fare")
    rows = "SELECT 도시, distance, fare, id FROM trips"
    found = world.sql(f"SELECT * FROM ML.TRANSFORM(MODEL fare_first, ({rows}))")
    assert found.schema.names == ["fare", "far", "도시", "id"]
    without = world.sql("SELECT * FROM ML.TRANSFORM(MODEL fare_first, (SELECT 도시, distance, id FROM trips))")
    assert without.schema.names == ["far", "도시", "id"]


def test_ml_transform_refuses_a_column_named_like_an_output(scaled: World) -> None:
    with pytest.raises(BadData, match="'far'"):
        scaled.sql("SELECT * FROM ML.TRANSFORM(MODEL scaled, (SELECT *, 1 AS far FROM trips))")


def test_ml_transform_needs_a_model_with_transform(world: World) -> None:
    with pytest.raises(InvalidOption, match="made without TRANSFORM"):
        world.sql("SELECT * FROM ML.TRANSFORM(MODEL fares, TABLE trips)")


def test_a_transform_travels_in_the_manifest(scaled: World) -> None:
    manifest = scaled.models["scaled"].manifest
    assert read_manifest(manifest.as_json()).transform == manifest.transform


@pytest.mark.parametrize(
    ("clause", "wrong"),
    [
        ("distanc + 1 AS x, fare", "distanc"),
        ("distance AS distanc, CASE WHEN fare > 1 THEN distanc ELSE 0 END AS x", "distanc ELSE"),
        ("fare,\n  ML.QUANTILE_BUCKETIZE(distanc, 3) OVER () AS third", "distanc,"),
        ("* EXCEPT (distanc), fare", "distanc"),
        ("fare, ML.STANDARD_SCALR(distance) OVER () AS x", "ML.STANDARD_SCALR(distance) OVER ()"),
    ],
)
def test_a_problem_points_at_its_word(world: World, clause: str, wrong: str) -> None:
    with pytest.raises(UnknownName) as caught:
        frozen(world, clause)
    before = clause[: clause.index(wrong)]
    line, column = before.count("\n"), len(before.rpartition("\n")[2])
    span = caught.value.diagnostics[0].span
    assert span is not None
    assert (span.line, span.column) == (3 + line, column + (1 if line else 5))
