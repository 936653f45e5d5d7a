"""An imported model over HTTP: /predict, and the Open Inference Protocol with its real client."""

from __future__ import annotations

import warnings

import httpx
import numpy as np
import pytest
from onnx import TensorProto, helper

from penstock.core.options import GivenOption
from penstock.learn.importing import import_model
from penstock.learn.registry import importer_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import tritonclient.http as triton

SHAPES = {
    "v": (TensorProto.FLOAT, ["n", 3]),
    "t": (TensorProto.STRING, ["n"]),
    "whole": (TensorProto.INT64, ["n", 1]),
}
# One has the name of a thing that every answer has.
OUTPUTS = {"v": "v_out", "t": "t_out", "whole": "prediction_id"}


def files(outputs):
    nodes = [helper.make_node("Identity", [name], [OUTPUTS[name]]) for name in SHAPES]
    inputs = [helper.make_tensor_value_info(name, *SHAPES[name]) for name in SHAPES]
    given = [helper.make_tensor_value_info(OUTPUTS[name], *SHAPES[name]) for name in outputs]
    graph = helper.make_graph(nodes, "g", inputs, given)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = {"model_type": GivenOption("onnx"), "model_path": GivenOption("m")}
    importer = importer_of("onnx")
    content = model.SerializeToString()
    return dict(import_model(content, importer, options, source="m", inputs=(), outputs=(), seed=1).files)


@pytest.fixture
def address(world, serve, listen):
    world.add_version("parts", files(SHAPES))
    world.add_version("lists", files(["v"]))
    world.add_endpoint("parts_api", "parts")
    world.add_endpoint("lists_api", "lists")
    return listen(serve())


@pytest.fixture
def client(address):
    with triton.InferenceServerClient(address.removeprefix("http://")) as opened:
        yield opened


def tensor(name, values, datatype, binary=True):
    array = np.array(values, dtype=object) if datatype == "BYTES" else np.array(values)
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def inputs(binary):
    return [
        tensor("v", np.array([[1, 2, 3], [4, 5, 6]], np.float32), "FP32", binary),
        tensor("t", ["가", "b"], "BYTES", binary),
        tensor("whole", np.array([7, 8], np.int64), "INT64", binary),
    ]


def test_metadata_tell_the_tensors(client):
    found = client.get_model_metadata("parts_api")
    assert [(item["name"], item["datatype"], item["shape"]) for item in found["inputs"]] == [
        ("v", "FP64", [-1, 3]),
        ("t", "BYTES", [-1]),
        ("whole", "INT64", [-1]),
    ]
    assert [(item["name"], item["datatype"], item["shape"]) for item in found["outputs"]] == [
        ("v_out", "FP64", [-1, -1]),
        ("t_out", "BYTES", [-1]),
        ("prediction/prediction_id", "INT64", [-1]),
        ("prediction_id", "BYTES", [-1]),
    ]


@pytest.mark.parametrize("binary", [True, False])
def test_several_outputs_come_under_their_names(client, binary):
    found = client.infer("parts_api", inputs(binary))
    assert found.as_numpy("v_out").tolist() == [[1, 2, 3], [4, 5, 6]]
    assert [text.decode() for text in found.as_numpy("t_out").tolist()] == ["가", "b"]
    assert found.as_numpy("prediction/prediction_id").tolist() == [7, 8]
    assert len(set(found.as_numpy("prediction_id").tolist())) == 2


def test_one_output_is_the_prediction(client):
    found = client.infer("lists_api", inputs(True))
    assert found.as_numpy("prediction").tolist() == [[1, 2, 3], [4, 5, 6]]


def test_predict_answers_and_refuses_over_http(address):
    good = {"v": [1, 2, 3], "t": "가", "whole": 7}
    answer = httpx.post(f"{address}/predict/parts_api", json={"rows": [good]}).json()["predictions"][0]
    assert answer["prediction"] == {"v_out": [1.0, 2.0, 3.0], "t_out": "가", "prediction_id": 7}
    refused = httpx.post(f"{address}/predict/parts_api", json={"rows": [good, {**good, "whole": None}]})
    assert refused.status_code == 400
    assert (refused.json()["error"]["row"], refused.json()["error"]["column"]) == (2, "whole")


def image_files():
    """A graph of images of two channels: the mean of each channel."""
    node = helper.make_node("ReduceMean", ["image", "axes"], ["means"], keepdims=0)
    axes = helper.make_tensor("axes", TensorProto.INT64, [2], [2, 3])
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 2, 2, 3])
    means = helper.make_tensor_value_info("means", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph([node], "g", [image], [means], [axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = {"model_type": GivenOption("onnx"), "model_path": GivenOption("m")}
    content = model.SerializeToString()
    return dict(import_model(content, importer_of("onnx"), options, source="m", inputs=(), outputs=(), seed=1).files)


@pytest.fixture
def images(world, serve, listen):
    world.add_version("images", image_files())
    world.add_endpoint("images_api", "images")
    with triton.InferenceServerClient(listen(serve()).removeprefix("http://")) as opened:
        yield opened


@pytest.mark.parametrize("binary", [True, False])
def test_an_image_is_a_tensor_of_four_dimensions(images, binary):
    pixels = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)
    assert images.get_model_metadata("images_api")["inputs"][0]["shape"] == [-1, 2, 2, 3]
    answer = images.infer("images_api", [tensor("image", pixels, "FP32", binary)])
    np.testing.assert_allclose(answer.as_numpy("prediction"), pixels.mean(axis=(2, 3)))


def test_an_image_with_its_dimensions_in_another_order_is_refused(images):
    pixels = np.zeros((1, 3, 2, 2), np.float32)
    with pytest.raises(triton.InferenceServerException, match=r"the model takes \[n, 2, 2, 3\]"):
        images.infer("images_api", [tensor("image", pixels, "FP32")])
