"""A network's graph and slopes against PyTorch, and what its artifact holds."""

from __future__ import annotations

import io
import sys
import zipfile

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
import torch

from penstock.core.errors import CorruptArtifact, MissingExtra
from penstock.learn.activation import ACTIVATIONS, graph_of, slope_before, value_of
from penstock.learn.artifact import load_model
from penstock.learn.graph import GraphBuilder
from penstock.learn.schema import Feature, FeatureType

NATIVE = {
    "RELU": torch.relu,
    "RELU6": torch.nn.functional.relu6,
    "CRELU": lambda sums: torch.cat([torch.relu(sums), torch.relu(-sums)], dim=1),
    "ELU": torch.nn.functional.elu,
    "SELU": torch.selu,
    "SIGMOID": torch.sigmoid,
    "TANH": torch.tanh,
}


def table(rows=300, seed=4):
    random = np.random.default_rng(seed)
    x, y = random.normal(size=rows), random.normal(size=rows) * 40 + 900
    word = np.array(["가", "나", "다"])[random.integers(0, 3, rows)]
    label = np.where(x + (word == "나") + random.normal(size=rows) * 0.2 > 0.5, "yes", "no")
    return pa.table(
        {
            "x": pa.array(x, mask=random.random(rows) < 0.1),
            "y": y,
            "말": pa.array(word, mask=random.random(rows) < 0.1),
            "label": label,
        }
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_is_pytorchs_in_value_slope_and_graph(activation):
    sums = torch.tensor(np.random.default_rng(1).normal(size=(50, 3)) * 4, requires_grad=True)
    values = NATIVE[activation](sums)
    weights = np.random.default_rng(2).normal(size=tuple(values.shape))
    (values * torch.tensor(weights)).sum().backward()
    given = sums.detach().numpy()
    np.testing.assert_allclose(value_of(activation, given), values.detach().numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope_before(activation, given, weights), sums.grad.numpy(), rtol=1e-9, atol=1e-12)
    builder = GraphBuilder([Feature("x", FeatureType.NUMBER_LIST, "", 3)])
    graph = builder.finish(graph_of(builder, activation, "x"), "score", values.shape[1])
    (found,) = onnxruntime.InferenceSession(graph).run(None, {"x": given})
    np.testing.assert_allclose(found, values.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_activations_bear_numbers_of_any_size():
    sums = np.array([[1e300, -1e300, 800.0, -800.0, 0.0]])
    for activation in ACTIVATIONS:
        assert np.isfinite(value_of(activation, sums)).all(), activation
        slope = np.ones_like(value_of(activation, sums))
        assert np.isfinite(slope_before(activation, sums, slope)).all(), activation


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_graph_gives_what_pytorch_gives_for_the_same_weights(trained, activation):
    rows = table()
    model = trained(
        rows, model_type="dnn_classifier", hidden_units=[5, 4], activation_fn=activation, max_iterations=1, dropout=0.2
    )
    loaded = load_model(model.files, None)
    with np.load(io.BytesIO(model.files["network.npz"])) as arrays:
        weights = [torch.tensor(arrays[f"weights_{place}"], dtype=torch.float32) for place in range(3)]
        biases = [torch.tensor(arrays[f"bias_{place}"], dtype=torch.float32) for place in range(3)]
    numbers = [rows.column(name).to_numpy(zero_copy_only=False) for name in ("x", "y")]
    known = [each[np.isfinite(each)] for each in numbers]
    read = [np.nan_to_num((each - of.mean()) / of.std(ddof=1)) for each, of in zip(numbers, known, strict=True)]
    words = rows.column("말").to_pylist()
    hot = [[float(word == wanted) for wanted in ("가", "나", "다", None)] for word in words]
    values = torch.tensor(np.column_stack([*read, hot]), dtype=torch.float32)
    for weight, bias in zip(weights[:2], biases[:2], strict=True):
        values = NATIVE[activation](values @ weight + bias)
    expected = torch.sigmoid(values @ weights[2] + biases[2])[:, 0].numpy()
    np.testing.assert_allclose(loaded.score(rows)[:, 1], expected, atol=1e-5)
    np.testing.assert_allclose(loaded.score_through_graph(rows), loaded.score(rows), atol=1e-12)


def test_weights_are_kept_as_plain_arrays_and_the_same_training_gives_the_same_bytes(trained):
    made = [trained(table(), model_type="dnn_classifier", max_iterations=1).files for _ in range(2)]
    assert made[0]["network.npz"] == made[1]["network.npz"]
    assert made[0]["model.onnx"] == made[1]["model.onnx"]
    assert all(name.endswith(".npy") for name in zipfile.ZipFile(io.BytesIO(made[0]["network.npz"])).namelist())
    with np.load(io.BytesIO(made[0]["network.npz"]), allow_pickle=False) as arrays:
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float64)}


def test_without_pytorch_nothing_is_trained_and_everything_else_works(trained, monkeypatch):
    rows = table()
    files = trained(rows, model_type="dnn_classifier", max_iterations=1).files
    monkeypatch.setitem(sys.modules, "torch", None)
    loaded = load_model(files, None)
    assert loaded.score(rows).shape == (300, 2)
    assert loaded.explain(rows).values.shape == (300, 3)
    for model_type, options in (("dnn_regressor", {"label": "y"}), ("autoencoder", {"label": None})):
        with pytest.raises(MissingExtra, match="PyTorch") as caught:
            trained(rows, model_type=model_type, **options)
        assert "pip install 'penstock[deep]'" in str(caught.value.diagnostics[0].hint)


def test_an_artifact_without_its_weights_cannot_explain(trained):
    files = dict(trained(table(), model_type="dnn_classifier", max_iterations=1).files)
    del files["network.npz"]
    with pytest.raises(CorruptArtifact, match=r"network\.npz"):
        load_model(files, None).explain(table())
