"""Neural networks and autoencoders by way of the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train

if TYPE_CHECKING:
    from conftest import World


def made(world: World, name: str, sql: str, **options: object) -> None:
    given = {key: GivenOption(value) for key, value in options.items()}
    trained = train(world.connection.table(sql), given, seed=1, threads=2, progress=lambda *_: None)
    world.models[name] = load_model(trained.files, None)


@pytest.fixture
def shops(world: World) -> World:
    """Two groups of shops, far apart; `kind` tells them apart, `shape` gives them back, `axes` are their components."""
    world.connection.execute(
        "CREATE TABLE shops AS SELECT range AS id, (range % 2) * 50 + range % 5 AS 매출, "
        "(range % 2) * 9.0 + range % 3 AS visits, ['시장', '역'][range % 2 + 1] AS 자리 FROM range(200)"
    )
    quick = {"learn_rate": 0.02, "max_iterations": 3}
    made(
        world,
        "kind",
        "SELECT 매출, visits, 자리 FROM shops",
        model_type="dnn_classifier",
        input_label_cols=["자리"],
        hidden_units=[4],
        **quick,
    )
    features = "SELECT * EXCLUDE (id) FROM shops"
    made(world, "shape", features, model_type="autoencoder", hidden_units=[4, 2, 4], **quick)
    made(world, "axes", features, model_type="pca", num_principal_components=2)
    return world


def test_predict_gives_the_latent_columns_before_every_column_of_the_data(shops: World) -> None:
    found = shops.sql("SELECT * FROM ML.PREDICT(MODEL shape, TABLE shops) ORDER BY id")
    assert found.schema.names == ["latent_col_1", "latent_col_2", "id", "매출", "visits", "자리"]
    assert found.schema.field("latent_col_1").type == pa.float64()
    assert found.num_rows == 200


def test_reconstruction_loss_is_what_evaluate_means_over_all_rows(shops: World) -> None:
    found = shops.sql("SELECT * FROM ML.RECONSTRUCTION_LOSS(MODEL shape, TABLE shops)")
    names = ["mean_absolute_error", "mean_squared_error", "mean_squared_log_error"]
    assert found.schema.names == [*names, "id", "매출", "visits", "자리"]
    for text in ("MODEL shape", "MODEL shape, TABLE shops"):
        whole = shops.sql(f"SELECT * FROM ML.EVALUATE({text})")
        assert whole.schema.names == names
        for name in names:
            assert whole[name][0].as_py() == pytest.approx(np.mean(found[name].to_numpy()))


def test_detect_anomalies_marks_what_does_not_come_back(shops: World) -> None:
    found = shops.sql(
        "SELECT * FROM ML.DETECT_ANOMALIES(MODEL shape, STRUCT(0.1 AS contamination), "
        "(SELECT * FROM shops UNION ALL SELECT 999, 500, -40.0, '시장')) ORDER BY id DESC"
    )
    assert found.schema.names[:2] == ["is_anomaly", "mean_squared_error"]
    assert found["is_anomaly"][0].as_py()
    assert np.mean(found["is_anomaly"].to_numpy(zero_copy_only=False)) < 0.2


@pytest.mark.parametrize(
    ("function", "column"),
    [("ML.GENERATE_EMBEDDING", "ml_generate_embedding_result"), ("AI.GENERATE_EMBEDDING", "embedding")],
)
@pytest.mark.parametrize(("model", "prefix"), [("shape", "latent_col"), ("axes", "principal_component")])
def test_an_embedding_is_the_prediction_as_one_list(
    shops: World, function: str, column: str, model: str, prefix: str
) -> None:
    found = shops.sql(f"SELECT * FROM {function}(MODEL {model}, TABLE shops) ORDER BY id")
    assert found.schema.names == [column, "id", "매출", "visits", "자리"]
    assert found.schema.field(column).type == pa.list_(pa.float64())
    single = shops.sql(f"SELECT * FROM ML.PREDICT(MODEL {model}, TABLE shops) ORDER BY id")
    expected = np.column_stack([single[f"{prefix}_{place}"].to_numpy() for place in (1, 2)])
    np.testing.assert_array_equal(np.array(found[column].to_pylist()), expected)


def test_an_embedding_needs_the_features_and_a_free_name(shops: World) -> None:
    with pytest.raises(UnknownName, match="has no column '매출'"):
        shops.sql("SELECT * FROM ML.GENERATE_EMBEDDING(MODEL shape, (SELECT id, visits, 자리 FROM shops))")
    with pytest.raises(BadData, match="embedding"):
        shops.sql("SELECT * FROM AI.GENERATE_EMBEDDING(MODEL shape, (SELECT 1 AS embedding, * FROM shops))")


def test_a_model_type_without_embeddings_says_which_has_them(shops: World) -> None:
    with pytest.raises(InvalidOption, match="PCA"):
        shops.sql("SELECT * FROM ML.GENERATE_EMBEDDING(MODEL kind, TABLE shops)")


def test_an_explanation_leaves_less_open_with_more_steps(shops: World) -> None:
    def error(options: str) -> float:
        found = shops.sql(
            f"SELECT avg(approximation_error) AS error FROM ML.EXPLAIN_PREDICT(MODEL kind, TABLE shops{options})"
        )
        return float(found["error"][0].as_py())

    few, usual, many = (
        error(options)
        for options in (
            ", STRUCT(1 AS integrated_gradients_num_steps)",
            "",
            ", STRUCT(300 AS integrated_gradients_num_steps)",
        )
    )
    assert 0 < many < usual < few


def test_an_explanation_adds_up_to_the_logit_of_the_predicted_class(shops: World) -> None:
    found = shops.sql(
        "SELECT probability, prediction_value, baseline_prediction_value AS base, approximation_error AS error, "
        "list_sum([part.attribution FOR part IN top_feature_attributions]) AS parts "
        "FROM ML.EXPLAIN_PREDICT(MODEL kind, TABLE shops, STRUCT(200 AS integrated_gradients_num_steps))"
    ).to_pylist()
    for row in found:
        assert row["probability"] == pytest.approx(1 / (1 + np.exp(-row["prediction_value"])))
        left = abs(row["prediction_value"] - row["base"] - row["parts"])
        assert row["error"] == pytest.approx(left / abs(row["prediction_value"] - row["base"]))


def test_steps_are_for_neural_networks_only(shops: World) -> None:
    made(shops, "line", "SELECT 매출, visits AS label FROM shops", model_type="linear_reg")
    with pytest.raises(InvalidOption, match="line is a linear_reg model, explained exactly"):
        shops.sql(
            "SELECT * FROM ML.EXPLAIN_PREDICT(MODEL line, TABLE shops, STRUCT(9 AS integrated_gradients_num_steps))"
        )


def test_a_neural_classifier_answers_what_classifiers_are_asked(shops: World) -> None:
    for call in (
        "ML.EVALUATE(MODEL kind)",
        "ML.CONFUSION_MATRIX(MODEL kind)",
        "ML.ROC_CURVE(MODEL kind)",
        "ML.FEATURE_INFO(MODEL kind)",
        "ML.TRAINING_INFO(MODEL kind)",
    ):
        assert shops.sql(f"SELECT * FROM {call}").num_rows > 0, call
    with pytest.raises(InvalidOption):
        shops.sql("SELECT * FROM ML.WEIGHTS(MODEL kind)")
