"""Linear regression gives BigQuery ML's published numbers, and scikit-learn's where there are none."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.learn.artifact import artifact_hash, load_model
from penstock.learn.feature_column import features_of
from penstock.learn.least_squares import least_squares
from penstock.learn.linear_design import design_of
from penstock.learn.linear_input import linear_input

TO_THE_LEAST_LOSS = {"max_iterations": 1000, "early_stop": False}


def load(model):
    return load_model(model.files, artifact_hash(model.files))


def numbers_table(rows=400, columns=5, seed=3):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns)) * np.arange(1, columns + 1) + 10
    target = matrix @ rng.normal(size=columns) + rng.normal(size=rows)
    return matrix, target, pa.table({**{f"x{i}": matrix[:, i] for i in range(columns)}, "label": target})


def test_the_published_penguins_model_comes_out_to_every_digit(trained, penguins):
    rows = penguins.filter(penguins["body_mass_g"].is_valid())
    model = trained(rows, label="body_mass_g", model_type="linear_reg", enable_global_explain=True)
    published = {
        "mean_absolute_error": 227.012237,
        "mean_squared_error": 81838.159892,
        "mean_squared_log_error": 0.00507,
        "median_absolute_error": 173.080816,
        "r2_score": 0.872377,
        "explained_variance": 0.872377,
    }
    assert {name: round(value, 6) for name, value in model.manifest.metrics.items()} == pytest.approx(
        published, abs=1e-6
    )
    overall = {row["feature"]: round(row["attribution"], 6) for row in model.manifest.global_attributions["overall"]}
    assert overall["flipper_length_mm"] == 193.612051
    assert overall["culmen_depth_mm"] == 117.084944
    assert overall["culmen_length_mm"] == 94.366793


def test_the_published_predictions_of_three_penguins(trained, penguins):
    model = trained(penguins.filter(penguins["body_mass_g"].is_valid()), label="body_mass_g", model_type="linear_reg")
    three = pa.table(
        {
            "species": ["Adelie Penguin (Pygoscelis adeliae)"] * 2 + ["Chinstrap penguin (Pygoscelis antarctica)"],
            "island": ["Torgersen", "Torgersen", "Dream"],
            "culmen_length_mm": [39.5, 38.5, 37.9],
            "culmen_depth_mm": [18.8, 17.2, 18.1],
            "flipper_length_mm": [196.0, 181.0, 188.0],
            "sex": ["MALE", "FEMALE", "FEMALE"],
        }
    )
    np.testing.assert_allclose(load(model).score(three), [4030.066, 3280.806, 3177.903], atol=5e-4)


def test_plain_least_squares_is_that_of_scikit_learn(trained):
    from sklearn.linear_model import LinearRegression

    matrix, target, table = numbers_table()
    oracle = LinearRegression().fit(matrix, target)
    model = trained(table, model_type="linear_reg")
    weights = {row["processed_input"]: row["weight"] for row in model.manifest.details["weights"]}
    np.testing.assert_allclose([weights[f"x{i}"] for i in range(5)], oracle.coef_, rtol=1e-10)
    assert weights["__INTERCEPT__"] == pytest.approx(oracle.intercept_, rel=1e-9)
    np.testing.assert_allclose(load(model).score(table), oracle.predict(matrix), rtol=1e-10)


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 7.0), (20.0, 0.0), (15.0, 5.0)])
def test_penalties_are_those_of_scikit_learn_on_standardised_inputs(trained, l1, l2):
    from sklearn.linear_model import ElasticNet, Ridge

    matrix, target, table = numbers_table()
    inputs = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0, ddof=1)
    n = len(target)
    # scikit-learn: ½/n Σ error² + α r |w| + ½ α (1 - r) w²; here ½ Σ error² + l1 |w| + ½ l2 w².
    if l1:
        oracle = ElasticNet(alpha=(l1 + l2) / n, l1_ratio=l1 / (l1 + l2), tol=1e-12, max_iter=100_000)
    else:
        oracle = Ridge(alpha=l2)
    expected = oracle.fit(inputs, target).predict(inputs)
    model = trained(table, model_type="linear_reg", l1_reg=l1, l2_reg=l2, **TO_THE_LEAST_LOSS)
    np.testing.assert_allclose(load(model).score(table), expected, rtol=1e-5, atol=1e-5)


def test_a_strong_l1_penalty_leaves_inputs_out_exactly(trained):
    _, _, table = numbers_table()
    model = trained(table, model_type="linear_reg", l1_reg=1e6)
    weights = [row["weight"] for row in model.manifest.details["weights"] if row["processed_input"] != "__INTERCEPT__"]
    assert weights == [0.0] * 5


def test_row_weights_count_as_repeated_rows():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 60)
    table = pa.table(
        {
            "c": pa.array(np.array(["a", "b", "c"])[codes]),
            "x": rng.normal(size=60),
            "label": rng.normal(size=60),
        }
    )
    columns = table.select(["c", "x"])
    read = linear_input(columns, features_of(columns))
    once = design_of(columns, features_of(columns), read, [0])
    repeats = rng.integers(1, 4, 60)
    rows = np.repeat(np.arange(60), repeats)
    often = design_of(columns.take(pa.array(rows)), features_of(columns), read, [0])
    target = table["label"].to_numpy()
    weighted = least_squares(once, target, repeats.astype(float), 0.5, intercept=True)
    repeated = least_squares(often, target[rows], None, 0.5, intercept=True)
    np.testing.assert_allclose(weighted[0], repeated[0], rtol=1e-10)
    assert weighted[1] == pytest.approx(repeated[1])


def test_ten_thousand_categories_are_solved_to_their_means(trained):
    rng = np.random.default_rng(5)
    codes = np.arange(30_000) % 10_000
    effect = rng.normal(size=10_000)
    target = effect[codes] + 5 + rng.normal(size=30_000) * 0.1
    table = pa.table({"c": pa.array([f"k{code}" for code in codes]), "label": target})
    model = trained(table, model_type="linear_reg", data_split_method="NO_SPLIT")
    means = np.bincount(codes, weights=target) / np.bincount(codes)
    np.testing.assert_allclose(load(model).score(table), means[codes], atol=1e-5)


def test_gradient_descent_goes_in_rounds_and_ends_near_the_least_loss(trained):
    _, _, table = numbers_table()
    least = trained(table, model_type="linear_reg").manifest.metrics["mean_squared_error"]
    model = trained(
        table,
        model_type="linear_reg",
        optimize_strategy="BATCH_GRADIENT_DESCENT",
        max_iterations=500,
        early_stop=False,
    )
    losses = [row.loss for row in model.manifest.iterations]
    assert len(losses) == 500
    assert np.diff(losses).max() < 1e-9
    assert losses[-1] == pytest.approx(least, rel=1e-6)


def test_gradient_descent_stops_early_by_default_within_twenty_rounds(trained):
    _, _, table = numbers_table()
    model = trained(table, model_type="linear_reg", optimize_strategy="BATCH_GRADIENT_DESCENT")
    assert 1 < len(model.manifest.iterations) < 20


def test_a_step_that_runs_away_is_said(trained):
    _, _, table = numbers_table()
    with pytest.raises(UntrainableModel, match="ran away"):
        trained(
            table,
            model_type="linear_reg",
            optimize_strategy="BATCH_GRADIENT_DESCENT",
            learn_rate_strategy="CONSTANT",
            learn_rate=1e5,
            max_iterations=500,
        )


def test_dummy_encoding_gives_the_most_frequent_category_no_weight_and_the_same_predictions(trained):
    rng = np.random.default_rng(2)
    words = np.array(["a", "b", "c"])[rng.choice(3, 300, p=[0.2, 0.5, 0.3])]
    table = pa.table({"c": pa.array(words), "x": rng.normal(size=300), "label": rng.normal(size=300)})
    one_hot = trained(table, model_type="linear_reg")
    dummy = trained(table, model_type="linear_reg", category_encoding_method="DUMMY_ENCODING")
    rows = {row["processed_input"]: row for row in dummy.manifest.details["weights"]}
    weights = {pair["category"]: pair["weight"] for pair in rows["c"]["category_weights"]}
    assert [name for name, weight in weights.items() if weight == 0] == ["b"]
    np.testing.assert_allclose(load(one_hot).score(table), load(dummy).score(table), rtol=1e-9)


def test_without_intercept_the_line_goes_through_the_origin_of_the_inputs_own_units(trained):
    x = np.arange(1.0, 41.0)
    table = pa.table({"x": x, "label": 2 * x + 100})
    model = trained(table, model_type="linear_reg", fit_intercept=False)
    slope = x @ (2 * x + 100) / (x @ x)
    for standardised in ("weights", "standardized_weights"):
        rows = {row["processed_input"]: row["weight"] for row in model.manifest.details[standardised]}
        assert rows["__INTERCEPT__"] == 0.0
    assert model.manifest.details["weights"][0]["weight"] == pytest.approx(slope)
    scores = load(model).score(pa.table({"x": [0.0, 10.0]}))
    np.testing.assert_allclose(scores, [0.0, 10 * slope], rtol=1e-12, atol=1e-12)


def test_without_intercept_the_weights_are_those_of_scikit_learn_through_the_origin(trained):
    from sklearn.linear_model import LinearRegression

    matrix, target, table = numbers_table()
    oracle = LinearRegression(fit_intercept=False).fit(matrix, target)
    model = trained(table, model_type="linear_reg", fit_intercept=False)
    np.testing.assert_allclose(load(model).score(table), oracle.predict(matrix), rtol=1e-8)


def test_an_l1_penalty_keeps_to_twenty_rounds_and_stops_where_they_gain_too_little(trained):
    _, _, table = numbers_table()
    stopped = trained(table, model_type="linear_reg", l1_reg=20.0).manifest.iterations
    assert 1 < len(stopped) < 20
    gained = [1 - after.loss / before.loss for before, after in pairwise(stopped)]
    assert gained[-1] < 0.01 <= min(gained[:-1])
    wide = numbers_table(columns=60, seed=4)[2]
    assert len(trained(wide, model_type="linear_reg", l1_reg=1e-3, early_stop=False).manifest.iterations) == 20


def test_a_warm_start_goes_on_from_the_earlier_weights_in_rounds(trained):
    _, _, table = numbers_table()
    shifted = table.set_column(5, "label", pc.add(table["label"], 1000.0))
    first = trained(table, model_type="linear_reg")
    again = trained(table, model_type="linear_reg", warm_start=True, earlier=load(first))
    assert [row.training_run for row in again.manifest.iterations][:2] == [0, 1]
    np.testing.assert_allclose(load(again).score(table), load(first).score(table), rtol=1e-6)
    one_round = {"max_iterations": 1, "optimize_strategy": "AUTO_STRATEGY"}
    moved = trained(shifted, model_type="linear_reg", warm_start=True, earlier=load(first), **one_round)
    assert [row.training_run for row in moved.manifest.iterations] == [0, 1]
    assert moved.manifest.metrics["mean_squared_error"] > 10 * first.manifest.metrics["mean_squared_error"]


def test_a_rate_of_learning_makes_the_rounds_steps_of_that_rate(trained):
    _, _, table = numbers_table()
    options = {"l1_reg": 0.1, "learn_rate_strategy": "CONSTANT", "learn_rate": 0.05, "max_iterations": 3}
    rows = trained(table, model_type="linear_reg", early_stop=False, **options).manifest.iterations
    assert [row.learning_rate for row in rows] == [0.05] * 3


def test_a_warm_start_without_intercept_takes_the_earlier_one_away(trained):
    _, _, table = numbers_table()
    options = {"model_type": "linear_reg", "optimize_strategy": "BATCH_GRADIENT_DESCENT"}
    first = trained(table, **options)
    second = trained(table, earlier=load(first), warm_start=True, fit_intercept=False, **options)
    none = pa.table({f"x{i}": [0.0] for i in range(5)})
    assert load(second).score(none)[0] == pytest.approx(0.0, abs=1e-12)


def mixed_table(rows=120):
    rng = np.random.default_rng(9)
    start = dt.datetime(2023, 12, 25, tzinfo=dt.UTC)
    moments = [None if i % 11 == 0 else start + dt.timedelta(hours=7 * i) for i in range(rows)]
    return pa.table(
        {
            "수입": pa.array([None if i % 9 == 0 else float(i) for i in range(rows)]),
            "도시": pa.array([None if i % 7 == 0 else ["서울", "부산", "대구"][i % 3] for i in range(rows)]),
            "yes": pa.array([None if i % 13 == 0 else i % 2 == 0 for i in range(rows)]),
            "at": pa.array(moments, pa.timestamp("us", "UTC")),
            "day": pa.array([m and m.date() for m in moments]),
            "clock": pa.array([m and m.time() for m in moments], pa.time64("us")),
            "tags": pa.array([None if i % 5 == 0 else ["x", "y"][: i % 3] for i in range(rows)], pa.list_(pa.string())),
            "v": pa.array([None if i % 8 == 0 else [float(i), 1.0 / (i + 1)] for i in range(rows)]),
            "empty": pa.nulls(rows),
            "constant": pa.array([1] * rows),
            "infinite": pa.array([float("inf") if i % 10 == 0 else float(i % 4) for i in range(rows)]),
            "label": rng.normal(size=rows),
        }
    )


def test_every_type_of_column_scores_alike_by_batch_row_and_exported_graph(trained):
    table = mixed_table()
    model = load(trained(table, model_type="linear_reg", l2_reg=1.0))
    scores = model.score(table)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(model.score_through_graph(table), scores, rtol=0, atol=1e-12)
    rows = [model.score_row(row)[0] for row in table.to_pylist()]
    np.testing.assert_allclose(rows, scores, rtol=0, atol=1e-12)


def test_attributions_add_up_to_the_prediction(trained):
    table = mixed_table()
    model = load(trained(table, model_type="linear_reg", l2_reg=1.0))
    found = model.explain(table)
    assert found.features == tuple(name for name in table.column_names if name != "label")
    np.testing.assert_allclose(found.baseline + found.values.sum(axis=1), model.score(table), atol=1e-12)
    np.testing.assert_allclose(found.prediction, model.score(table), atol=1e-12)


def test_weights_in_their_own_units_rebuild_the_prediction(trained):
    table = pa.table({"x": [1.0, 2.0, 4.0, 8.0], "c": ["a", "b", "a", "b"], "label": [1.0, 5.0, 2.0, 9.0]})
    model = trained(table, model_type="linear_reg")
    for key, value in (
        ("weights", 4.0),
        ("standardized_weights", (4.0 - 3.75) / np.std([1, 2, 4, 8], ddof=1)),
    ):
        rows = {row["processed_input"]: row for row in model.manifest.details[key]}
        of_c = {pair["category"]: pair["weight"] for pair in rows["c"]["category_weights"]}
        total = rows["__INTERCEPT__"]["weight"] + rows["x"]["weight"] * value + of_c["a"]
        assert total == pytest.approx(load(model).score(table)[2])


def test_null_is_a_category_where_training_saw_it_and_an_unseen_one_weighs_nothing(trained):
    table = pa.table({"c": ["a", "b", None, "a", "b", None], "label": [1.0, 2.0, 9.0, 1.0, 2.0, 9.0]})
    model = trained(table, model_type="linear_reg")
    (row, intercept) = model.manifest.details["weights"]
    assert [pair["category"] for pair in row["category_weights"]] == ["a", "b", "_null_filler"]
    scores = load(model).score(pa.table({"c": ["a", "b", None, "new"]}))
    np.testing.assert_allclose(scores, [1, 2, 9, intercept["weight"]], atol=1e-12)


def test_the_same_seed_makes_the_same_bytes(trained):
    first, second = (trained(mixed_table(), model_type="linear_reg", l1_reg=1.0) for _ in range(2))
    assert first.files["model.onnx"] == second.files["model.onnx"]


def test_a_warm_start_goes_on_and_counts_its_run(trained):
    _, _, table = numbers_table()
    options = {"model_type": "linear_reg", "optimize_strategy": "BATCH_GRADIENT_DESCENT", "max_iterations": 3}
    first = trained(table, early_stop=False, **options)
    second = trained(table, early_stop=False, earlier=load(first), **options | {"warm_start": True})
    assert [row.training_run for row in second.manifest.iterations] == [0, 0, 0, 1, 1, 1]
    assert second.manifest.iterations[3].loss < first.manifest.iterations[-1].loss


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"calculate_p_values": True}, "calculate_p_values"),
        ({"optimize_strategy": "NORMAL_EQUATION", "l1_reg": 1.0}, "no L1"),
        ({"learn_rate": 0.5}, "learn_rate"),
        ({"learn_rate_strategy": "CONSTANT", "ls_init_learn_rate": 0.5}, "ls_init_learn_rate"),
        ({"l2_reg": -1.0}, "l2_reg"),
        ({"class_weights": []}, "class_weights"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(trained, options, problem):
    _, _, table = numbers_table()
    with pytest.raises(InvalidOption, match=problem):
        trained(table, model_type="linear_reg", **options)
