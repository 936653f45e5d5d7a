"""ONNX and XGBoost files: what they give is what their own libraries give."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest
import xgboost
from onnx import TensorProto, helper, numpy_helper

from penstock.core.errors import BadData, InvalidOption, UserError
from penstock.core.options import GivenOption
from penstock.learn.artifact import LoadedModel
from penstock.learn.imported_graph import output_fields, run_graph
from penstock.learn.imported_image import with_pixels
from penstock.learn.importer import ImportField
from penstock.learn.importing import import_model
from penstock.learn.registry import importer_of
from penstock.learn.ubjson import read_ubjson

FEATURES = ("가격", "b", "c")


def loaded(
    kind: str, content: bytes, inputs: tuple[ImportField, ...] = (), outputs: tuple[ImportField, ...] = ()
) -> LoadedModel:
    given = {"model_type": GivenOption(kind), "model_path": GivenOption("m")}
    made = import_model(content, importer_of(kind), given, source="m", inputs=inputs, outputs=outputs, seed=1)
    return LoadedModel(made.manifest, made.files)


def rows(matrix: np.ndarray[Any, Any]) -> pa.Table:
    return pa.table({name: pa.array(matrix[:, place].astype(float)) for place, name in enumerate(FEATURES)})


def matrix() -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(3)
    found = rng.random((300, 3)).astype(np.float32)
    found[rng.random(found.shape) < 0.1] = np.nan
    return found


def booster(objective: str, **parameters: object) -> xgboost.Booster:
    filled = np.nan_to_num(matrix())
    value = filled[:, 0] * 3 + filled[:, 1]
    label: Any = value + 0.1
    if objective.startswith("multi"):
        label = (value > 1.5).astype(int) + (value > 2.5)
        parameters["num_class"] = 3
    elif objective.startswith("binary"):
        label = value > 1.5
    elif objective == "reg:logistic":
        label = value / 5
    data = xgboost.DMatrix(matrix(), label=label, feature_names=list(FEATURES))
    return xgboost.train({"objective": objective, "max_depth": 3, "seed": 1, **parameters}, data, 8)


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize(
    ("objective", "parameters"),
    [
        ("binary:logistic", {}),
        ("binary:logitraw", {}),
        ("binary:hinge", {}),
        ("reg:squarederror", {}),
        ("reg:squarederror", {"booster": "dart", "rate_drop": 0.3}),
        ("reg:logistic", {}),
        ("reg:gamma", {}),
        ("count:poisson", {}),
        ("multi:softprob", {"num_parallel_tree": 2, "subsample": 0.5}),
        ("multi:softmax", {}),
    ],
)
def test_xgboost_gives_the_same_predictions(objective: str, parameters: dict[str, object], form: str) -> None:
    native = booster(objective, **parameters)
    model = loaded("xgboost", bytes(native.save_raw(form)))
    found = run_graph(model, rows(matrix()))[0]
    flat = found.flatten() if pa.types.is_list(found.type) else found
    wanted = native.predict(xgboost.DMatrix(matrix(), feature_names=list(FEATURES)))
    np.testing.assert_allclose(flat.to_numpy().reshape(wanted.shape), wanted, atol=1e-6, rtol=1e-6)


def test_a_file_of_an_older_xgboost_is_read_alike() -> None:
    native = booster("binary:logistic")
    document = json.loads(native.save_raw("json"))
    learner = document["learner"]
    learner["learner_model_param"] = {"base_score": "5E-1", "num_class": "0", "num_feature": "3"}
    del learner["feature_types"]
    for tree in learner["gradient_booster"]["model"]["trees"]:
        del tree["split_type"]
        tree["default_left"] = [bool(item) for item in tree["default_left"]]
    found = run_graph(loaded("xgboost", json.dumps(document).encode()), rows(matrix()))[0].to_numpy()
    margin = native.predict(xgboost.DMatrix(matrix(), feature_names=list(FEATURES)), output_margin=True)
    base = json.loads(native.save_raw("json"))["learner"]["learner_model_param"]["base_score"].strip("[]")
    without = margin - np.log(float(base) / (1 - float(base)))
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-without)), atol=1e-6)


def test_xgboost_gives_the_same_importances() -> None:
    native = booster("reg:squarederror")
    for row in loaded("xgboost", bytes(native.save_raw("json"))).details["importances"]:
        for measure in ("weight", "gain", "cover"):
            wanted = native.get_score(importance_type=measure)[row["feature"]]
            assert row[measure] == pytest.approx(wanted, rel=1e-5)


def test_the_fields_of_input_name_the_features_and_output_the_result() -> None:
    document = json.loads(booster("reg:squarederror").save_raw("json"))
    document["learner"]["feature_names"] = []
    content = json.dumps(document).encode()
    with pytest.raises(InvalidOption, match="does not name its 3 features"):
        loaded("xgboost", content)
    fields = tuple(ImportField(name, "FLOAT64") for name in FEATURES)
    model = loaded("xgboost", content, fields, (ImportField("값", "FLOAT64"),))
    assert output_fields(model.manifest) == [pa.field("값", pa.float64())]
    assert run_graph(model, rows(matrix()[:0]))[0].to_pylist() == []


@pytest.mark.parametrize(
    ("inputs", "outputs", "words"),
    [
        ((ImportField("b", "FLOAT64"),), (), "declares 1 fields; the XGBoost model has 3"),
        (tuple(ImportField(n, "FLOAT64") for n in ("가격", "b", "d")), (), "'d', which is none"),
        ((ImportField("b", "STRING"),), (), "must be a number"),
        ((), (ImportField("p", "STRING"),), "must be FLOAT64"),
        ((), (ImportField("p", "FLOAT64"), ImportField("q", "FLOAT64")), "gives one"),
    ],
)
def test_fields_that_do_not_fit_are_told(
    inputs: tuple[ImportField, ...], outputs: tuple[ImportField, ...], words: str
) -> None:
    with pytest.raises(InvalidOption, match=words):
        loaded("xgboost", bytes(booster("reg:squarederror").save_raw("json")), inputs, outputs)


@pytest.mark.parametrize(
    "content",
    [b"", b"binf\0\0", b"{", b"[]", b"{}", b'{"learner": 3}', b"{L\0\0", b"\x89PNG", b"{$Z#l\x7f\xff\xff\xff"],
)
def test_a_file_that_is_no_xgboost_model_is_bad_data(content: bytes) -> None:
    with pytest.raises(BadData):
        loaded("xgboost", content)


def test_a_cut_off_file_is_bad_data() -> None:
    whole = bytes(booster("reg:squarederror").save_raw("ubj"))
    for length in range(0, len(whole) - 1, 997):
        with pytest.raises(BadData):
            loaded("xgboost", whole[:length])


def test_a_linear_booster_and_another_objective_are_refused_by_name() -> None:
    document = json.loads(booster("reg:squarederror").save_raw("json"))
    document["learner"]["gradient_booster"]["name"] = "gblinear"
    with pytest.raises(BadData, match="gblinear"):
        loaded("xgboost", json.dumps(document).encode())
    document["learner"]["gradient_booster"]["name"] = "gbtree"
    document["learner"]["objective"]["name"] = "reg:own"
    with pytest.raises(BadData, match="reg:own"):
        loaded("xgboost", json.dumps(document).encode())


def test_ubjson_reads_every_kind_of_value() -> None:
    text = b"{i\x01aZi\x01bTi\x01c[i\x05U\xffI\x01\x00l\x00\x00\x00\x07D?\xf0\x00\x00\x00\x00\x00\x00Si\x02hi]i\x01dCx}"
    assert read_ubjson(text) == {"a": None, "b": True, "c": [5, 255, 256, 7, 1.0, "hi"], "d": "x"}
    assert read_ubjson(b"[$d#i\x02?\x80\x00\x00@\x00\x00\x00").tolist() == [1.0, 2.0]


def info(name: str, kind: int, shape: list[object]) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def onnx_file(nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: tuple[Any, ...] = ()) -> bytes:
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(constants))
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def test_every_type_of_tensor_takes_a_column_and_gives_one() -> None:
    kinds = {"f": TensorProto.FLOAT, "i": TensorProto.INT64, "b": TensorProto.BOOL, "s": TensorProto.STRING}
    shapes: dict[str, list[object]] = {"f": ["n", 3], "i": ["n"], "b": ["n", 1], "s": ["n", "k"]}
    nodes = [helper.make_node("Identity", [name], [f"{name}2"]) for name in kinds]
    content = onnx_file(
        nodes,
        [info(name, kind, shapes[name]) for name, kind in kinds.items()],
        [info(f"{name}2", kind, shapes[name]) for name, kind in kinds.items()],
    )
    model = loaded("onnx", content)
    given = pa.table({"f": [[1, 2, 3], None], "i": [7, 8], "b": [True, False], "s": [["가", "b"], ["", "d"]]})
    found = dict(zip([field.name for field in output_fields(model.manifest)], run_graph(model, given), strict=True))
    assert found["f2"].to_pylist()[0] == [1.0, 2.0, 3.0]
    assert np.isnan(found["f2"].to_pylist()[1]).all()
    assert found["i2"].to_pylist() == [7, 8]
    assert found["b2"].to_pylist() == [True, False]
    assert found["s2"].to_pylist() == [["가", "b"], ["", "d"]]


def test_a_map_of_classes_becomes_an_array_of_labels_and_probabilities() -> None:
    zip_map = helper.make_node(
        "ZipMap", ["p"], ["probabilities"], domain="ai.onnx.ml", classlabels_strings=["아니오", "yes"]
    )
    kind = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    output = helper.make_value_info("probabilities", helper.make_sequence_type_proto(kind))
    softmax = helper.make_node("Softmax", ["x"], ["p"], axis=1)
    model = loaded("onnx", onnx_file([softmax, zip_map], [info("x", TensorProto.FLOAT, ["n", 2])], [output]))
    row = run_graph(model, pa.table({"x": [[0.0, 0.0]]}))[0].to_pylist()[0]
    assert row == [{"label": "아니오", "prob": 0.5}, {"label": "yes", "prob": 0.5}]


def test_a_graph_of_one_row_at_a_time_is_run_row_by_row() -> None:
    double = helper.make_node("Add", ["x", "x"], ["y"])
    shape: list[object] = [1, 2]
    content = onnx_file([double], [info("x", TensorProto.FLOAT, shape)], [info("y", TensorProto.FLOAT, shape)])
    found = run_graph(loaded("onnx", content), pa.table({"x": [[1.0, 2.0], [3.0, 4.0]]}))[0]
    assert found.to_pylist() == [[2.0, 4.0], [6.0, 8.0]]


INT_GRAPH = onnx_file(
    [helper.make_node("Identity", ["x"], ["y"])],
    [info("x", TensorProto.INT32, ["n", 1])],
    [info("y", TensorProto.INT32, ["n", 1])],
)


@pytest.mark.parametrize(
    ("values", "words"),
    [([1, None], "is NULL in a row"), ([1.5], "cannot hold"), ([2**40], "cannot hold"), (["a"], "has the type string")],
)
def test_a_value_that_a_tensor_cannot_hold_is_bad_data(values: list[object], words: str) -> None:
    with pytest.raises(BadData, match=words):
        run_graph(loaded("onnx", INT_GRAPH), pa.table({"x": values}))


def test_a_list_of_another_length_is_bad_data() -> None:
    content = onnx_file(
        [helper.make_node("Identity", ["x"], ["y"])],
        [info("x", TensorProto.FLOAT, ["n", 3])],
        [info("y", TensorProto.FLOAT, ["n", 3])],
    )
    with pytest.raises(BadData, match="have 2 values"):
        run_graph(loaded("onnx", content), pa.table({"x": [[1.0, 2.0]]}))


def external() -> bytes:
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return onnx_file([node], [info("x", 1, ["n", 1])], [info("y", 1, ["n", 1])], (outside(),))


def outside() -> Any:
    tensor = numpy_helper.from_array(np.zeros((1, 1), np.float32), "w")
    onnx.external_data_helper.set_external_data(tensor, "elsewhere.bin")
    tensor.ClearField("raw_data")
    return tensor


def body(*nodes: Any, constants: tuple[Any, ...] = ()) -> Any:
    return helper.make_graph(list(nodes), "body", [], [info("b", 1, None)], list(constants))  # type: ignore[arg-type]


def hidden(where: str) -> bytes:
    """Return a file that keeps a tensor elsewhere, in a place that is not the list of the graph's constants."""
    constant = helper.make_node("Constant", [], ["b"], value=outside())
    same = helper.make_node("Identity", ["w"], ["b"])
    truth = helper.make_node("Constant", [], ["t"], value=numpy_helper.from_array(np.array(True), "t"))
    add = helper.make_node("Add", ["x", "b"], ["y"])
    nodes: dict[str, list[Any]] = {
        "attribute": [constant, add],
        "body": [truth, choice(body(same, constants=(outside(),)))],
        "attribute in a body": [truth, choice(body(constant))],
        "body in a body": [truth, choice(body(truth, choice(body(constant), "b")))],
    }
    content = onnx_file(nodes.get(where, nodes["attribute"][1:]), [info("x", 1, ["n", 1])], [info("y", 1, ["n", 1])])
    if where in nodes:
        return content
    model = onnx.load_from_string(content)
    if where == "function":
        model.functions.append(helper.make_function("own", "F", [], ["b"], [constant], model.opset_import))
    else:
        sparse = onnx.SparseTensorProto(dims=[1, 1])
        getattr(sparse, where).CopyFrom(outside())
        model.graph.sparse_initializer.append(sparse)
    return bytes(model.SerializeToString())


def choice(of: Any, name: str = "y") -> Any:
    return helper.make_node("If", ["t"], [name], then_branch=of, else_branch=of)


@pytest.mark.parametrize(
    "where", ["attribute", "body", "attribute in a body", "body in a body", "function", "values", "indices"]
)
def test_no_tensor_of_a_file_is_read_from_elsewhere(where: str) -> None:
    with pytest.raises(BadData, match=r"keeps \d of its tensors in other files"):
        loaded("onnx", hidden(where))


def test_operators_of_ones_own_are_found_in_bodies() -> None:
    truth = helper.make_node("Constant", [], ["t"], value=numpy_helper.from_array(np.array(True), "t"))
    mine = choice(body(helper.make_node("Mine", [], ["b"], domain="com.me")))
    with pytest.raises(BadData, match=r"operators of its own, of 'com.me'"):
        loaded("onnx", onnx_file([truth, mine], [info("x", 1, ["n", 1])], [info("y", 1, ["n", 1])]))


@pytest.mark.parametrize(
    ("operator", "constant", "words"),
    [
        ("Reshape", [7, 2], "in a Reshape node, The input tensor cannot be reshaped to the requested shape. Input"),
        ("Gather", [7, 2], "in a Gather node, indices element out of data bounds, idx=7"),
    ],
)
def test_what_fails_in_a_graph_is_told_in_words_and_not_printed(
    operator: str, constant: list[int], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    node = helper.make_node(operator, ["x", "w"], ["y"])
    weights = numpy_helper.from_array(np.array(constant), "w")
    model = loaded("onnx", onnx_file([node], [info("x", 1, ["n", 1])], [info("y", 1, ["n", 2])], (weights,)))
    with pytest.raises(BadData) as problem:
        run_graph(model, pa.table({"x": [1.0, 2.0, 3.0]}))
    told = problem.value.diagnostics[0].message
    assert words in told
    assert not any(raw in told for raw in ("::", ".h:", ".cc", "ONNXRuntimeError"))
    assert capfd.readouterr().err == ""


def test_a_graph_that_cannot_be_loaded_is_told_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    weights = numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    with pytest.raises(BadData, match=r"cannot run the model of .*Incompatible dimensions") as problem:
        loaded("onnx", onnx_file([node], [info("x", 1, ["n", 1])], [info("y", 1, ["n", 3])], (weights,)))
    assert "ONNXRuntimeError" not in problem.value.diagnostics[0].message
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"no graph at all", "not in the ONNX format"),
        (b"\x00\x01\x02", "not in the ONNX format"),
        (external(), "in other files"),
        (
            onnx_file(
                [helper.make_node("Mine", ["x"], ["y"], domain="com.me")], [info("x", 1, ["n", 1])], [info("y", 1, [1])]
            ),
            "operators of its own",
        ),
        (
            onnx_file([helper.make_node("Nonsense", ["x"], ["y"])], [info("x", 1, ["n"])], [info("y", 1, ["n"])]),
            "not valid",
        ),
        (
            onnx_file([helper.make_node("Identity", ["x"], ["y"])], [info("x", 1, [8, 2])], [info("y", 1, [8, 2])]),
            "exactly 8 rows",
        ),
    ],
)
def test_a_file_that_cannot_be_run_on_rows_is_told(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        loaded("onnx", content)


def image_graph(shape: list[object]) -> LoadedModel:
    flat = helper.make_node("Flatten", ["image"], ["pixels"], axis=1)
    content = onnx_file(
        [flat], [info("image", TensorProto.FLOAT, shape)], [info("pixels", TensorProto.FLOAT, ["n", 6])]
    )
    return loaded("onnx", content)


IMAGE = {"dims": [1, 2, 3], "pixels": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [(["n", 1, 2, 3], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), (["n", 3, 1, 2], [0.1, 0.4, 0.2, 0.5, 0.3, 0.6])],
)
def test_an_image_is_laid_out_as_the_graph_takes_it(shape: list[object], wanted: list[float]) -> None:
    model = image_graph(shape)
    rows = with_pixels(pa.table({"image": [IMAGE, None]}), model.manifest)
    found = run_graph(model, rows)[0].to_pylist()
    assert found[0] == pytest.approx(wanted)
    assert np.isnan(found[1]).all()


def test_an_image_of_another_shape_is_told() -> None:
    model = image_graph(["n", 3, 4, 4])
    with pytest.raises(BadData, match=r"have the shape \[1, 2, 3\]; the model takes \[3, 4, 4\]"):
        with_pixels(pa.table({"image": [IMAGE]}), model.manifest)
    other = {"dims": [2, 1, 3], "pixels": IMAGE["pixels"]}
    with pytest.raises(BadData, match="different shapes"):
        with_pixels(pa.table({"image": [IMAGE, other]}), model.manifest)
