"""ML.PREDICT: columns, order and types of its result; thresholds; where it may stand; what it refuses."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.lake.database import ArrowRows

if TYPE_CHECKING:
    from conftest import World


def test_regression_predicts_a_number_in_front_of_every_column(world: World) -> None:
    found = world.sql("SELECT * FROM ML.PREDICT(MODEL fares, TABLE trips)")
    assert found.schema.names == ["predicted_fare", "id", "distance", "도시", "fare", "tip", "mood"]
    assert found.schema.field("predicted_fare").type == pa.float64()
    assert found.num_rows == 400
    known = np.array(found["distance"].is_valid())
    error = np.array(found["predicted_fare"]) - np.array(found["fare"])
    assert np.abs(error[known]).max() < 1.5


def test_predictions_are_the_models_own_scores(world: World) -> None:
    found = world.sql("SELECT predicted_fare AS p, distance, 도시 FROM ML.PREDICT(MODEL fares, TABLE trips)")
    np.testing.assert_array_equal(found["p"], world.models["fares"].score(found))


def test_two_classes_give_label_and_probabilities_positive_first(world: World) -> None:
    found = world.sql("SELECT * FROM ML.PREDICT(MODEL tips, TABLE trips)")
    assert found.schema.names[:3] == ["predicted_tip", "predicted_tip_probs", "id"]
    assert found.schema.field("predicted_tip").type == pa.string()
    probs = pa.list_(pa.struct([pa.field("label", pa.string()), pa.field("prob", pa.float64())]))
    assert found.schema.field("predicted_tip_probs").type == probs
    for row in found.to_pylist():
        labels = [item["label"] for item in row["predicted_tip_probs"]]
        positive = row["predicted_tip_probs"][0]["prob"]
        assert labels == ["yes", "no"]
        assert row["predicted_tip"] == ("yes" if positive > 0.5 else "no")
        assert sum(item["prob"] for item in row["predicted_tip_probs"]) == pytest.approx(1)


def test_more_classes_come_by_falling_probability(world: World) -> None:
    for row in world.rows("SELECT * FROM ML.PREDICT(MODEL moods, TABLE trips)"):
        items = row["predicted_mood_probs"]
        probabilities = [item["prob"] for item in items]
        assert {item["label"] for item in items} == {"bad", "fine", "great"}
        assert probabilities == sorted(probabilities, reverse=True)
        assert row["predicted_mood"] == items[0]["label"]


def test_threshold_moves_the_prediction_and_is_exclusive(world: World) -> None:
    sql = "SELECT count(*) FILTER (predicted_tip = 'yes') AS n FROM ML.PREDICT(MODEL tips, TABLE trips{})"
    counts = [world.rows(sql.format(f", STRUCT({t} AS threshold)"))[0]["n"] for t in (0, 0.2, 0.8, 1)]
    default = world.rows(sql.format(""))[0]["n"]
    assert counts[0] == 400
    assert counts[0] > counts[1] > default > counts[2] > counts[3] == 0


def test_a_threshold_needs_two_classes(world: World) -> None:
    for model in ("moods", "fares"):
        with pytest.raises(InvalidOption, match="binary classifiers"):
            world.sql(f"SELECT * FROM ML.PREDICT(MODEL {model}, TABLE trips, STRUCT(0.5 AS threshold))")


def test_options_are_checked_by_name_and_value(world: World) -> None:
    with pytest.raises(InvalidOption, match="Did you mean 'threshold'"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL tips, TABLE trips, STRUCT(0.5 AS treshold))")
    with pytest.raises(InvalidOption, match="between 0 and 1"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL tips, TABLE trips, STRUCT(1.5 AS threshold))")


def test_calls_join_nest_order_and_limit_like_tables(world: World) -> None:
    rows = world.rows("""
        WITH longest AS (SELECT * FROM trips ORDER BY distance DESC NULLS LAST LIMIT 5)
        SELECT a.id, a.predicted_fare, b.predicted_tip, t.fare
        FROM ML.PREDICT(MODEL fares, (SELECT id, distance, 도시 FROM longest)) AS a
        JOIN ML.PREDICT(MODEL tips, (SELECT id, distance, 도시 FROM longest)) AS b USING (id)
        JOIN trips AS t ON t.id = a.id
        WHERE a.predicted_fare > 0
        ORDER BY a.predicted_fare DESC LIMIT 3
    """)
    assert [row["predicted_tip"] for row in rows] == ["yes"] * 3
    assert rows[0]["predicted_fare"] == pytest.approx(rows[0]["fare"], abs=1.5)


def test_a_call_reads_the_result_of_another(world: World) -> None:
    found = world.sql("""
        SELECT predicted_tip, predicted_fare, id FROM ML.PREDICT(MODEL tips, (
          SELECT predicted_fare, id, predicted_fare / 2.5 AS distance, 도시 FROM ML.PREDICT(MODEL fares, TABLE trips)
        )) ORDER BY id
    """)
    flat = world.sql("SELECT predicted_fare FROM ML.PREDICT(MODEL fares, TABLE trips) ORDER BY id")
    assert found.num_rows == 400
    assert found["predicted_fare"] == flat["predicted_fare"]


def test_a_common_table_of_predictions_can_be_read_twice(world: World) -> None:
    row = world.rows("""
        WITH p AS NOT MATERIALIZED (SELECT id, predicted_fare AS f FROM ML.PREDICT(MODEL fares, TABLE trips))
        SELECT count(*) AS n, max(abs(a.f - b.f)) AS gap FROM p AS a JOIN p AS b USING (id)
    """)[0]
    assert row == {"n": 400, "gap": 0.0}


def test_limit_stops_without_waiting_for_the_rest(world: World) -> None:
    big = "SELECT range AS id, 1.5 AS distance, 'Seoul' AS 도시 FROM range(100_000_000)"
    rows = world.rows(f"SELECT * FROM ML.PREDICT(MODEL fares, ({big})) LIMIT 2")
    assert len(rows) == 2


def test_no_rows_give_no_rows_and_all_columns(world: World) -> None:
    found = world.sql("SELECT * FROM ML.PREDICT(MODEL tips, (SELECT * FROM trips WHERE FALSE))")
    assert found.num_rows == 0
    assert found.schema.names[:2] == ["predicted_tip", "predicted_tip_probs"]


def test_bigquery_text_runs_unchanged(world: World) -> None:
    text = """
        SELECT predicted_tip FROM ML.PREDICT(MODEL `tips`,
          (SELECT distance, `도시` FROM trips WHERE id = 3), STRUCT(0.3 AS threshold))
    """
    assert world.sql(text, dialect="bigquery").num_rows == 1


def test_names_match_without_regard_to_case(world: World) -> None:
    sql = "SELECT * FROM ML.PREDICT(MODEL fares, (SELECT distance AS DISTANCE, 도시 FROM trips))"
    assert world.sql(sql).schema.names == ["predicted_fare", "DISTANCE", "도시"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("DECIMAL(18, 4)", decimal.Decimal("12.3400")),
        ("TIMESTAMPTZ", dt.datetime(2024, 2, 29, 23, 59, 59, 999999, dt.UTC)),
        ("DATE", dt.date(1899, 12, 31)),
        ("TIME", dt.time(23, 59, 59, 1)),
        ("BLOB", b"\x00\xff"),
        ("VARCHAR", "한글 🙂 \x01"),
        ("HUGEINT", 2**100),
        ("BOOLEAN", None),
        ("INTEGER[]", [1, None]),
        ("STRUCT(a INTEGER, b VARCHAR)", {"a": 1, "b": None}),
        ("ENUM('x', 'y')", "y"),
        ("UUID", "7f9c24e5-2f21-4d3b-9c1e-0a1b2c3d4e5f"),
        ("JSON", '{"a": [1, 2]}'),
        ("MAP(VARCHAR, INTEGER)", {"k": 1}),
        ("INTERVAL", dt.timedelta(days=3, seconds=5)),
    ],
)
def test_columns_pass_through_with_value_and_type(world: World, kind: str, value: object) -> None:
    world.connection.execute(f"CREATE TABLE stray (distance DOUBLE, 도시 VARCHAR, x {kind})")
    world.connection.execute("INSERT INTO stray VALUES (1, 'Seoul', ?), (2, 'Jeju', NULL)", [value])
    straight = world.sql("SELECT x, typeof(x) AS t, CAST(x AS VARCHAR) AS s FROM stray ORDER BY distance")
    through = world.sql(
        "SELECT x, typeof(x) AS t, CAST(x AS VARCHAR) AS s FROM ML.PREDICT(MODEL fares, TABLE stray) ORDER BY distance"
    )
    assert through.to_pylist() == straight.to_pylist()


def test_a_label_keeps_its_own_type(world: World) -> None:
    numbers = list(range(60))
    for label in (
        pa.array([number % 2 for number in numbers], pa.int32()),
        pa.array([number % 2 == 0 for number in numbers]),
        pa.array([dt.date(2024, 1, 1 + number % 3) for number in numbers]),
        pa.array([decimal.Decimal(number % 2) for number in numbers], pa.decimal128(10, 2)),
        pa.array([dt.datetime(2024, 1, 1 + number % 2) for number in numbers], pa.timestamp("us", "UTC")),
        pa.array([str(number % 2) for number in numbers]).dictionary_encode(),
    ):
        table = pa.table({"x": pa.array([float(number % 6) for number in numbers]), "y": label})
        world.train("typed", table, "boosted_tree_classifier", "y", max_iterations=2)
        found = world.sql("SELECT * FROM ML.PREDICT(MODEL typed, (SELECT 1.0 AS x))")
        plain = label.type.value_type if pa.types.is_dictionary(label.type) else label.type
        assert found.schema.field("predicted_y").type == plain
        assert found.schema.field("predicted_y_probs").type.value_type.field("label").type == plain
        assert found["predicted_y"][0].as_py() in set(label.to_pylist())


def test_a_missing_input_is_named_with_the_nearest_column(world: World) -> None:
    with pytest.raises(UnknownName, match="no column 'distance', which model fares needs") as caught:
        world.sql("SELECT * FROM ML.PREDICT(MODEL fares, (SELECT distanse, 도시 FROM (SELECT 1 distanse, 'a' 도시)))")
    assert caught.value.diagnostics[0].hint == "Did you mean 'distanse'?"
    assert str(caught.value.diagnostics[0].span) == "test.sql:1:15"


def test_missing_inputs_are_named_together_with_what_the_data_has(world: World) -> None:
    with pytest.raises(UnknownName, match="no columns 'distance', '도시', which model fares needs") as caught:
        world.sql("SELECT * FROM ML.PREDICT(MODEL fares, (SELECT id, fare FROM trips))")
    assert caught.value.diagnostics[0].hint == "The data has: id, fare."


def test_an_input_of_another_type_is_refused_before_anything_runs(world: World) -> None:
    with pytest.raises(BadData, match="'distance'"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL fares, (SELECT 'far' AS distance, 도시 FROM trips))")


def test_an_input_named_like_an_output_is_refused(world: World) -> None:
    with pytest.raises(BadData, match="'Predicted_fare'") as caught:
        world.sql("SELECT * FROM ML.PREDICT(MODEL fares, (SELECT *, 1 AS Predicted_fare FROM trips))")
    hint = str(caught.value.diagnostics[0].hint)
    assert "EXCLUDE (Predicted_fare)" in hint
    assert "bigquery * EXCEPT (Predicted_fare)" in hint


def test_a_name_that_stands_twice_in_the_data_is_refused(world: World) -> None:
    with pytest.raises(BadData, match="more than one column 'id'"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL fares, (SELECT a.*, b.id FROM trips a JOIN trips b USING (id)))")


def test_unknown_functions_models_and_tables_get_a_hint(world: World) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'ML\.PREDICT'"):
        world.sql("SELECT * FROM ML.PREDIKT(MODEL fares, TABLE trips)")
    with pytest.raises(UnknownName, match="Did you mean 'fares'"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL fare, TABLE trips)")
    with pytest.raises(UnknownName, match="Did you mean 'trips'"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL fares, TABLE trip)")


def test_wrong_arguments_are_answered_with_the_signature(world: World) -> None:
    for call in (
        "ML.PREDICT(MODEL fares)",
        "ML.PREDICT(TABLE trips)",
        "ML.WEIGHTS(MODEL fares, TABLE trips)",
    ):
        with pytest.raises(InvalidOption, match="Write ML"):
            world.sql(f"SELECT * FROM {call}")
    with pytest.raises(InvalidOption, match=r"does not take the argument 0\.5"):
        world.sql("SELECT * FROM ML.PREDICT(MODEL tips, TABLE trips, 0.5)")


def test_an_error_in_the_middle_of_the_data_comes_out_as_itself(world: World) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        schema = pa.schema([("distance", pa.float64()), ("도시", pa.string())])
        yield pa.RecordBatch.from_pydict({"distance": [1.0], "도시": ["Seoul"]}, schema=schema)
        raise BadData.of("Line 2 of trips.csv cannot be read.")

    rows = ArrowRows(pa.schema([("distance", pa.float64()), ("도시", pa.string())]), batches)
    world.connection.register("broken", rows)
    nested = "(SELECT predicted_fare AS distance, 도시 FROM ML.PREDICT(MODEL fares, TABLE broken))"
    for text in (
        "SELECT * FROM ML.PREDICT(MODEL fares, TABLE broken)",
        f"SELECT * FROM ML.PREDICT(MODEL tips, {nested})",
        "SELECT * FROM ML.EVALUATE(MODEL fares, (SELECT *, 1.0 AS fare FROM broken))",
    ):
        with pytest.raises(BadData, match=r"Line 2 of trips\.csv"):
            world.sql(text, frames={"broken": rows})


def test_a_value_that_does_not_convert_in_the_data_is_bad_data(world: World) -> None:
    world.connection.execute(
        "CREATE TABLE texts AS SELECT CASE range WHEN 900 THEN 'x' ELSE '1' END d FROM range(1000)"
    )
    with pytest.raises(UserError, match="x"):
        world.sql(
            "SELECT * FROM ML.PREDICT(MODEL fares, (SELECT CAST(d AS DOUBLE) AS distance, 'a' AS 도시 FROM texts))"
        )


def test_frames_are_read_by_name(world: World) -> None:
    frame = pa.table({"distance": [2.0], "도시": ["Seoul"]})
    rows = ArrowRows(frame.schema, lambda: iter(frame.to_batches()))
    world.connection.register("frame", rows)
    found = world.sql("SELECT * FROM ML.PREDICT(MODEL fares, TABLE frame)", frames={"frame": rows})
    assert found["predicted_fare"][0].as_py() == pytest.approx(12, abs=1.5)


def test_predictions_become_a_table_and_leave_nothing_behind(world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    world.sql(f"COPY (SELECT * FROM ML.PREDICT(MODEL fares, TABLE trips)) TO '{target}' (FORMAT parquet)")
    assert world.sql(f"SELECT count(*) AS n FROM '{target}'")["n"].to_pylist() == [400]
    left = world.connection.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal")
    assert left == []


def test_a_query_without_calls_is_untouched(world: World) -> None:
    assert world.rows("SELECT 1 AS x") == [{"x": 1}]
