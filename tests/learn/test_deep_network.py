"""Neural networks of a label: what they learn, how they are told to, and what is refused."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.learn.artifact import load_model

QUICK = {"hidden_units": [8], "learn_rate": 0.02, "max_iterations": 3}


def load(model):
    return load_model(model.files, None)


def weights_of(model):
    with np.load(io.BytesIO(model.files["network.npz"])) as arrays:
        return dict(arrays)


def rows(count=400, seed=6, **more):
    """A number that bends, a word and a label of each kind."""
    random = np.random.default_rng(seed)
    x, noise = random.uniform(-2, 2, count), random.normal(size=count) * 0.1
    word = np.array(["a", "나"])[random.integers(0, 2, count)]
    signal = x**2 + (word == "나") + noise
    return pa.table(
        {
            "x": x,
            "word": word,
            "amount": signal * 1e5 + 3e6,
            "label": np.where(signal > 2, "high", np.where(signal > 1, "middle", "low")),
            **more,
        }
    )


def features(table, *names):
    return table.select(["x", "word", *names])


@pytest.mark.parametrize("model_type", ["dnn_classifier", "dnn_linear_combined_classifier"])
def test_a_network_learns_what_is_not_linear(trained, model_type):
    from sklearn.linear_model import LogisticRegression

    table, new = rows(), rows(seed=7)
    model = trained(features(table, "label"), model_type=model_type, **{**QUICK, "max_iterations": 12})
    scores = load(model).score(new)
    right = np.mean(np.array(model.manifest.classes)[scores.argmax(axis=1)] == np.array(new["label"]))
    design = [
        [of_x, of_word == "나"] for of_x, of_word in zip(table["x"].to_pylist(), table["word"].to_pylist(), strict=True)
    ]
    line = LogisticRegression().fit(design, np.array(table["label"]))
    assert right > 0.85 > line.score(design, np.array(table["label"])) + 0.1


@pytest.mark.parametrize("model_type", ["dnn_regressor", "dnn_linear_combined_regressor"])
def test_a_label_may_be_of_any_size(trained, model_type):
    table = features(rows(), "amount")
    model = trained(table, label="amount", model_type=model_type, **{**QUICK, "max_iterations": 12}, early_stop=False)
    assert model.manifest.metrics["r2_score"] > 0.95
    last = model.manifest.iterations[-1]
    assert last.loss == pytest.approx(model.manifest.metrics["mean_squared_error"], rel=1e-3)


def test_the_hidden_layer_has_as_many_units_as_the_rows_can_teach(trained):
    def units(count):
        table = features(rows(count), "label")
        model = trained(table, model_type="dnn_classifier", max_iterations=1, data_split_method="NO_SPLIT")
        return model.manifest.details["network"]["units"]

    # A number, two categories and three outputs: 6 columns.
    assert units(600) == [10, 3]
    assert units(40) == [1, 3]
    assert units(9000) == [128, 3]


def test_the_order_of_the_rows_makes_no_difference(trained):
    table = features(rows(), "label")
    turned = table.take(pa.array(np.random.default_rng(1).permutation(len(table))))
    first, second = (load(trained(each, model_type="dnn_classifier", **QUICK)).score(table) for each in (table, turned))
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_another_seed_makes_another_network_and_the_same_seed_the_same(trained):
    table = features(rows(), "label")
    options = {"model_type": "dnn_classifier", "dropout": 0.5, **QUICK}
    first, again, other = (trained(table, seed=seed, **options).files["network.npz"] for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_training_leaves_pytorch_as_it_was(trained):
    torch.manual_seed(11)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    trained(features(rows(), "label"), model_type="dnn_classifier", dropout=0.3, **QUICK)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_dropout_leaves_units_out_of_the_training_but_not_of_the_scores(trained):
    table = features(rows(), "amount")
    plain, dropped = (
        trained(table, label="amount", model_type="dnn_regressor", **QUICK, dropout=share) for share in (0.0, 0.6)
    )
    assert dropped.manifest.iterations[-1].loss > plain.manifest.iterations[-1].loss
    np.testing.assert_array_equal(load(dropped).score(table), load(dropped).score(table))


@pytest.mark.parametrize("optimizer", ["ADAM", "ADAGRAD", "FTRL", "RMSPROP", "SGD"])
def test_every_optimizer_brings_the_loss_down(trained, optimizer):
    table = features(rows(), "amount")
    model = trained(
        table, label="amount", model_type="dnn_regressor", optimizer=optimizer, **{**QUICK, "learn_rate": 0.05}
    )
    assert model.manifest.iterations[-1].loss < 0.8 * np.var(table["amount"].to_numpy())


def test_a_strong_penalty_makes_weights_nothing(trained):
    table = features(rows(), "amount")
    options = {**QUICK, "optimizer": "ADAGRAD", "learn_rate": 0.1}
    model = trained(table, label="amount", model_type="dnn_regressor", **options, l1_reg=50.0)
    spread = np.ptp(load(model).score(table))
    assert spread < 0.01 * np.ptp(table["amount"].to_numpy())


def test_the_parts_of_a_wide_and_deep_network_may_be_told_apart(trained):
    table = features(rows(), "amount")
    parts = {
        "optimizer": [["dnn", "SGD"], {"_0": "linear", "_1": "adam"}],
        "learn_rate": [["dnn", 1e-9], ["linear", 0.05]],
    }
    options = {**QUICK, **parts, "early_stop": False, "label": "amount", "model_type": "dnn_linear_combined_regressor"}
    model, sooner = trained(table, **options), trained(table, **{**options, "max_iterations": 1})
    ours, before = (weights_of(each) for each in (model, sooner))
    scale = model.manifest.details["target"]["scale"]
    np.testing.assert_allclose(ours["weights_0"], before["weights_0"], atol=1e-5)
    np.testing.assert_allclose(ours["weights_1"] / scale, before["weights_1"] / scale, atol=1e-5)
    assert np.abs(ours["wide"] / scale).max() > 0.3
    assert model.manifest.iterations[0].learning_rate == 1e-9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model_type": "dnn_classifier", "l1_reg": 0.1}, "ADAM does not"),
        ({"model_type": "dnn_linear_combined_classifier", "l2_reg": 0.1, "optimizer": "RMSPROP"}, "RMSPROP does not"),
        ({"model_type": "dnn_linear_combined_classifier", "l2_reg": 0.1}, "ADAM does not"),
        ({"model_type": "dnn_classifier", "hidden_units": []}, "at least one layer"),
        ({"model_type": "dnn_classifier", "hidden_units": [4, 0]}, "at least 1 unit"),
        ({"model_type": "dnn_classifier", "batch_size": 10_000}, "between 1 and 8192"),
        ({"model_type": "dnn_classifier", "dropout": 1.0}, "less than 1"),
        ({"model_type": "dnn_classifier", "activation_fn": "SOFTPLUS"}, "one of 'RELU'"),
        ({"model_type": "dnn_classifier", "optimizer": [["dnn", "ADAM"]]}, "one of 'ADAM'"),
        ({"model_type": "dnn_classifier", "integrated_gradients_num_steps": 31}, "between 1 and 30"),
        ({"model_type": "dnn_linear_combined_classifier", "optimizer": [["deep", "ADAM"]]}, "one for each part"),
        ({"model_type": "dnn_linear_combined_classifier", "optimizer": [["dnn", "LION"]]}, "one for each part"),
        ({"model_type": "dnn_linear_combined_classifier", "learn_rate": [["dnn", 0.0]]}, "greater than 0"),
        ({"model_type": "dnn_linear_combined_classifier", "learn_rate": True}, "greater than 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(trained, options, words):
    with pytest.raises(InvalidOption, match=words):
        trained(features(rows(), "label"), **options)


def test_a_training_that_runs_away_is_told(trained):
    with pytest.raises(UntrainableModel, match="ran away") as caught:
        trained(features(rows(), "amount"), label="amount", model_type="dnn_regressor", optimizer="SGD", learn_rate=1e9)
    assert "learn_rate" in str(caught.value.diagnostics[0].hint)


def test_a_warm_start_goes_on_from_the_weights_and_the_rounds(trained):
    table = features(rows(), "amount")
    options = {"label": "amount", "model_type": "dnn_regressor", **QUICK, "early_stop": False}
    first = trained(table, **options)
    second = trained(table, **options, warm_start=True, earlier=load(first))
    runs = [row.training_run for row in second.manifest.iterations]
    assert runs == [0, 0, 0, 1, 1, 1]
    assert second.manifest.iterations[3].loss < 0.9 * first.manifest.iterations[0].loss
    with pytest.raises(InvalidOption, match=r"hidden_units = \[8\], not \[9\]"):
        trained(table, **{**options, "hidden_units": [9]}, warm_start=True, earlier=load(first))
    with pytest.raises(InvalidOption, match="activation_fn = 'RELU'"):
        trained(table, **options, activation_fn="TANH", warm_start=True, earlier=load(first))


def test_early_stopping_keeps_the_best_round(trained):
    table = features(rows(600), "label")
    options = {"model_type": "dnn_classifier", "hidden_units": [64, 64], "learn_rate": 0.05, "max_iterations": 20}
    model = trained(table, **options, min_rel_progress=0.0)
    losses = [row.eval_loss for row in model.manifest.iterations]
    assert len(losses) < 20
    assert model.manifest.metrics["log_loss"] == pytest.approx(min(losses), rel=1e-4)


def test_class_weights_move_the_probabilities(trained):
    table = features(rows(), "label")
    share = {}
    for weight in (0.1, 10.0):
        weights = [["high", weight], ["middle", 1.0], ["low", 1.0]]
        model = trained(table, model_type="dnn_classifier", **QUICK, class_weights=weights)
        share[weight] = load(model).score(table)[:, 0].mean()
    assert share[10.0] > share[0.1] + 0.1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_rows_that_are_all_alike_are_learned(trained, count):
    table = pa.table({"x": [3.0] * count, "label": [7.5] * count})
    model = trained(table, model_type="dnn_regressor", **QUICK)
    np.testing.assert_allclose(load(model).score(table), 7.5, rtol=1e-3)


def test_infinities_and_nan_among_the_numbers_count_as_their_mean(trained):
    table = rows(300, strange=pa.array([np.nan, np.inf, -np.inf, None, 1.0, 2.0] * 50))
    model = trained(features(table, "strange", "label"), model_type="dnn_classifier", **QUICK)
    scores = load(model).score(table.slice(0, 4))
    alike = load(model).score(table.slice(0, 4).set_column(4, "strange", pa.array([1.5] * 4)))
    np.testing.assert_allclose(scores, alike, atol=1e-9)


def test_explanations_come_nearer_to_the_prediction_with_more_steps(trained):
    table = features(rows(), "amount")
    model = load(trained(table, label="amount", model_type="dnn_regressor", **QUICK, enable_global_explain=True))
    left = {}
    for steps in (2, 8, 128):
        why = model.explain(table, steps=steps)
        left[steps] = np.abs(why.prediction - why.baseline - why.values.sum(axis=1)).mean()
        np.testing.assert_allclose(why.prediction, model.score(table), rtol=1e-9)
    assert left[128] < left[8] < left[2]
    assert left[128] < 1e-2 * np.abs(model.score(table) - model.score(table).mean()).mean()
    assert [row["feature"] for row in model.manifest.global_attributions["overall"]] == ["x", "word"]


@pytest.mark.parametrize("model_type", ["dnn_regressor", "dnn_linear_combined_regressor"])
def test_attributions_are_the_integral_of_the_gradients_along_the_way(trained, model_type):
    table = features(rows(), "amount")
    model = trained(table, label="amount", model_type=model_type, activation_fn="TANH", **QUICK)
    weights = {name: torch.tensor(array) for name, array in weights_of(model).items()}
    x = table["x"].to_numpy()
    read = np.column_stack(
        [(x - x.mean()) / x.std(ddof=1), [[word == "a", word == "나"] for word in table["word"].to_pylist()]]
    )
    ends, sums = torch.tensor(read), torch.zeros(read.shape, dtype=torch.float64)
    for step in range(200):
        at = (ends * (step + 0.5) / 200).requires_grad_()
        given = torch.tanh(at @ weights["weights_0"] + weights["bias_0"]) @ weights["weights_1"] + weights["bias_1"]
        if "wide" in weights:
            given = given + at @ weights["wide"]
        sums += torch.autograd.grad(given.sum(), at)[0] / 200
    expected = (ends * sums).numpy()
    why = load(model).explain(table, steps=200)
    np.testing.assert_allclose(why.values[:, 0], expected[:, 0], rtol=1e-9)
    np.testing.assert_allclose(why.values[:, 1], expected[:, 1] + expected[:, 2], rtol=1e-9)


def test_the_attributions_of_two_classes_are_of_the_predicted_one(trained):
    table = features(rows(), "label").filter(pc.not_equal(rows()["label"], "middle"))
    model = load(trained(table, model_type="dnn_classifier", **QUICK))
    scores, why = model.score(table), model.explain(table)
    expected = np.log(scores.max(axis=1) / scores.min(axis=1))
    np.testing.assert_allclose(why.prediction, expected, rtol=1e-6, atol=1e-9)
