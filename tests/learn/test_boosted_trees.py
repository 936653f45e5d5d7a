"""Boosted trees: what they learn, when they stop, how they go on, and that the artifact scores as LightGBM does."""

from __future__ import annotations

import lightgbm
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import log_loss

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.encoding import codes_from_json
from penstock.learn.judgement import evaluate
from penstock.learn.matrix import MatrixEncoder

REGRESSOR, CLASSIFIER = "boosted_tree_regressor", "boosted_tree_classifier"


def table(rows=1200, seed=4, noise=0.3) -> pa.Table:
    random = np.random.default_rng(seed)
    x, z = random.normal(size=rows), random.normal(size=rows)
    city = np.array(["서울", "부산", "대구", "제주"])[random.integers(0, 4, size=rows)]
    signal = x * z + 2.0 * np.isin(city, ["서울", "제주"]) + noise * random.normal(size=rows)
    return pa.table(
        {"x": pa.array(x, mask=random.random(rows) < 0.05), "z": z, "city": city, "label": signal},
    )


def with_classes(rows: pa.Table, *bounds: float) -> pa.Table:
    classes = np.digitize(rows["label"].to_numpy(), bounds)
    return rows.set_column(rows.column_names.index("label"), "label", pa.array([f"c{code}" for code in classes]))


@pytest.mark.parametrize("encoding", ["NATIVE", "LABEL_ENCODING", "ONE_HOT_ENCODING", "TARGET_ENCODING"])
@pytest.mark.parametrize("bounds", [(), (0.5,), (0.0, 1.0, 2.0)], ids=["value", "two", "four"])
def test_both_ways_through_the_graph_score_as_lightgbm_does(trained, bounds, encoding):
    rows = with_classes(table(), *bounds) if bounds else table()
    model_type = CLASSIFIER if bounds else REGRESSOR
    model = load_model(trained(rows, model_type=model_type, category_encoding_method=encoding).files, None)
    codes = codes_from_json(model.details["encoding"])
    matrix = MatrixEncoder(model.manifest.features, codes).encode(rows)
    native = lightgbm.Booster(model_str=model.native).predict(matrix)
    expected = np.column_stack([1 - native, native]) if len(bounds) == 1 else native
    np.testing.assert_allclose(model.score(rows), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.score_through_graph(rows), expected, rtol=0, atol=1e-12)
    one = model.score_row(rows.slice(3, 1).to_pylist()[0])
    np.testing.assert_allclose(one, np.atleast_1d(expected[3]), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("encoding", "least", "most"),
    [
        ("NATIVE", 0.95, 1.0),
        ("TARGET_ENCODING", 0.95, 1.0),
        ("ONE_HOT_ENCODING", 0.3, 0.9),
        ("LABEL_ENCODING", 0.0, 0.2),
    ],
)
def test_one_split_parts_categories_as_the_encoding_allows(trained, encoding, least, most):
    """Every other letter counts: one split of sets sees it, one of a letter against the rest sees a part of it."""
    letters = np.array(list("abcdefghijklmnopqrst"))[np.arange(2000) % 20]
    rows = pa.table({"letter": letters, "label": np.arange(2000) % 2 + np.random.default_rng(0).normal(size=2000) / 99})
    model = trained(rows, model_type=REGRESSOR, category_encoding_method=encoding, max_tree_depth=1, early_stop=False)
    assert least < model.manifest.metrics["r2_score"] < most


def test_the_published_penguins_are_weighed_about_as_well(trained, penguins):
    """BigQuery ML's boosted trees with default options: mean absolute error 108.8 on the rows of training."""
    rows = penguins.filter(penguins["body_mass_g"].is_valid())
    model = trained(rows, label="body_mass_g", model_type=REGRESSOR, early_stop=False)
    assert model.manifest.metrics["mean_absolute_error"] < 140


def test_rounds_stop_when_the_held_out_loss_no_longer_falls(trained):
    model = trained(table(noise=3.0), model_type=REGRESSOR, max_iterations=200)
    losses = [row.eval_loss for row in model.manifest.iterations]
    assert len(losses) < 100
    assert losses == sorted(losses, reverse=True)
    assert model.manifest.details["trees"] == len(losses)


def test_rounds_go_on_to_the_last_without_early_stop(trained):
    model = trained(table(noise=3.0), model_type=REGRESSOR, max_iterations=60, early_stop=False)
    assert [row.iteration for row in model.manifest.iterations] == list(range(1, 61))
    assert model.manifest.details["trees"] == 60


def test_less_progress_than_asked_for_stops(trained):
    eager = trained(table(), model_type=REGRESSOR, min_rel_progress=0.5)
    patient = trained(table(), model_type=REGRESSOR, min_rel_progress=0.0)
    assert len(eager.manifest.iterations) < len(patient.manifest.iterations)


def test_recorded_losses_are_those_of_the_model(trained):
    rows = with_classes(table(), 0.5)
    model = trained(rows, model_type=CLASSIFIER)
    last = model.manifest.iterations[-1]
    assert last.eval_loss == pytest.approx(model.manifest.metrics["log_loss"])
    assert last.learning_rate == 0.3
    regression = trained(table(), model_type=REGRESSOR)
    assert regression.manifest.iterations[-1].eval_loss == pytest.approx(
        regression.manifest.metrics["mean_squared_error"]
    )


def test_the_loss_on_a_part_of_the_training_rows_stands_for_all(trained, monkeypatch):
    whole = trained(table(), model_type=REGRESSOR).manifest.iterations
    monkeypatch.setattr("penstock.learn.tree_growth._LOSS_ROWS", 480)
    part = trained(table(), model_type=REGRESSOR).manifest.iterations
    assert [row.eval_loss for row in part] == [row.eval_loss for row in whole]
    assert part[-1].loss == pytest.approx(whole[-1].loss, rel=0.3)
    assert part[-1].loss != whole[-1].loss


def test_a_warm_start_goes_on_where_the_earlier_model_stopped(trained):
    first = trained(table(), model_type=REGRESSOR, max_iterations=5)
    earlier = load_model(first.files, None)
    more = trained(table(), model_type=REGRESSOR, max_iterations=10, warm_start=True, earlier=earlier)
    runs = [(row.training_run, row.iteration) for row in more.manifest.iterations]
    assert runs[:6] == [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 1)]
    assert more.manifest.iterations[:5] == first.manifest.iterations
    assert more.manifest.details["trees"] == len(runs)
    assert more.manifest.metrics["r2_score"] > first.manifest.metrics["r2_score"]
    at_once = trained(table(), model_type=REGRESSOR, max_iterations=15, early_stop=False)
    kept = trained(table(), model_type=REGRESSOR, max_iterations=10, early_stop=False, warm_start=True, earlier=earlier)
    np.testing.assert_allclose(
        load_model(kept.files, None).score(table()), load_model(at_once.files, None).score(table()), atol=0.05
    )


def test_a_warm_start_reads_texts_as_the_earlier_trees_do(trained):
    options = {"model_type": REGRESSOR, "max_iterations": 2}
    first = load_model(trained(table(), **options, category_encoding_method="ONE_HOT_ENCODING").files, None)
    with pytest.raises(InvalidOption, match="category_encoding_method = 'ONE_HOT_ENCODING', not 'TARGET_ENCODING'"):
        trained(table(), **options, category_encoding_method="TARGET_ENCODING", warm_start=True, earlier=first)


def test_a_warm_start_reads_words_that_came_since_as_unseen(trained):
    first = trained(table(), model_type=REGRESSOR)
    rows = table(seed=9)
    moved = rows.set_column(2, "city", pa.array([word.replace("부산", "울산") for word in rows["city"].to_pylist()]))
    more = trained(moved, model_type=REGRESSOR, warm_start=True, earlier=load_model(first.files, None))
    words = next(code for code in more.manifest.details["encoding"] if code["feature"] == "city")["vocabulary"]
    assert words == ["대구", "부산", "서울", "제주"]


def test_dart_drops_trees_and_keeps_every_round(trained):
    dart = trained(table(), model_type=REGRESSOR, booster_type="DART", dropout=0.3, early_stop=False)
    plain = trained(table(), model_type=REGRESSOR, early_stop=False)
    assert dart.manifest.details["trees"] == 20
    assert dart.files["model.onnx"] != plain.files["model.onnx"]
    assert dart.manifest.metrics["r2_score"] > 0.5


def test_dropout_needs_dart(trained):
    with pytest.raises(InvalidOption, match="DART"):
        trained(table(), model_type=REGRESSOR, dropout=0.3)


def test_class_weights_draw_probabilities_towards_the_rare_class(trained):
    rows = with_classes(table(noise=2.0), 3.0)
    plain = load_model(trained(rows, model_type=CLASSIFIER).files, None)
    weighted = load_model(trained(rows, model_type=CLASSIFIER, auto_class_weights=True).files, None)
    assert weighted.score(rows)[:, 1].mean() > plain.score(rows)[:, 1].mean() + 0.1


def test_instance_weights_count_as_rows(trained):
    rows = table()
    high = rows["label"].to_numpy() > 1
    weighted = rows.append_column("w", pa.array(np.where(high, 30.0, 1.0)))
    plain = load_model(trained(rows, model_type=REGRESSOR).files, None)
    model = load_model(trained(weighted, model_type=REGRESSOR, instance_weight_col="W").files, None)
    assert [feature.name for feature in model.manifest.features] == ["x", "z", "city"]
    assert model.score(rows).mean() > plain.score(rows).mean() + 0.1


def test_the_seed_decides_the_draws(trained):
    options = {"model_type": REGRESSOR, "subsample": 0.5, "colsample_bynode": 0.5}
    first, again = (trained(table(), seed=5, **options).files for _ in range(2))
    assert first["model.onnx"] == again["model.onnx"]
    assert trained(table(), seed=6, **options).files["model.onnx"] != first["model.onnx"]


def test_importances_name_raw_features_and_put_what_matters_first(trained):
    model = trained(table(), model_type=REGRESSOR)
    found = {row["feature"]: row for row in model.manifest.details["importances"]}
    assert list(found) == ["x", "z", "city"]
    assert all(row["weight"] > 0 and row["gain"] > 0 and row["cover"] > 0 for row in found.values())
    native = lightgbm.Booster(model_str=model.files["native.txt"].decode())
    assert [row["weight"] for row in found.values()] == native.feature_importance("split").tolist()


def test_a_feature_without_a_split_has_no_importance(trained):
    rows = table().append_column("same", pa.array([1.0] * 1200))
    found = trained(rows, model_type=REGRESSOR).manifest.details["importances"]
    assert found[-1] == {"feature": "same", "weight": 0.0, "gain": 0.0, "cover": 0.0}


def test_a_label_that_nothing_explains_gives_its_mean(trained):
    rows = pa.table({"same": ["a"] * 60, "label": np.arange(60.0)})
    model = load_model(trained(rows, model_type=REGRESSOR).files, None)
    np.testing.assert_allclose(model.score(rows), 29.5)


def test_words_only_recorded_leave_a_note(trained):
    notes = trained(table(), model_type=REGRESSOR, tree_method="EXACT", xgboost_version="1.1").manifest.notes
    assert any("EXACT" in note for note in notes)
    assert any("LightGBM" in note for note in notes)


def test_the_progress_counts_rounds_and_tells_the_loss():
    from penstock.core.options import GivenOption
    from penstock.learn.training import train

    told: list[tuple[int, int, str]] = []
    given = {"model_type": GivenOption(REGRESSOR), "max_iterations": GivenOption(3), "early_stop": GivenOption(False)}
    train(table(), given, seed=1, threads=1, progress=lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert told[0][2].startswith("loss ")


def test_evaluation_agrees_with_scikit_learn(trained):
    rows = with_classes(table(), 0.0, 1.0)
    model = trained(rows, model_type=CLASSIFIER)
    loaded = load_model(model.files, None)
    found = evaluate(loaded, rows)
    assert found["log_loss"] == pytest.approx(log_loss(rows["label"].to_pylist(), loaded.score(rows)))
