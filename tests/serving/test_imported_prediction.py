"""Outputs of imported graphs as answers: which amount to a number or a class, and how each stands in JSON."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.importing import import_model
from penstock.learn.registry import importer_of
from penstock.learn.schema import Task
from penstock.serving.row import InvalidRows
from penstock.serving.scoring import ServedModel


def served(nodes, inputs, outputs):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    content = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    given = {"model_type": GivenOption("onnx"), "model_path": GivenOption("m")}
    made = import_model(content, importer_of("onnx"), given, source="m", inputs=(), outputs=(), seed=1)
    return ServedModel("m", 1, load_model(dict(made.files), None), None)


def info(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def zipped(name, **classes):
    key = TensorProto.STRING if "classlabels_strings" in classes else TensorProto.INT64
    kind = helper.make_map_type_proto(key, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    node = helper.make_node("ZipMap", ["p"], [name], domain="ai.onnx.ml", **classes)
    return node, helper.make_value_info(name, helper.make_sequence_type_proto(kind))


def same(kind, shape):
    return served([helper.make_node("Identity", ["x"], ["y"])], [info("x", kind, shape)], [info("y", kind, shape)])


def answers(model, rows):
    return model.predict(model.reader.read(rows, parsed_json=True))


@pytest.mark.parametrize(
    ("kind", "shape", "given", "task"),
    [
        (TensorProto.FLOAT, ["n", 1], 1.5, Task.REGRESSION),
        (TensorProto.DOUBLE, ["n"], 1.5, Task.REGRESSION),
        (TensorProto.INT64, ["n"], 7, Task.REGRESSION),
        (TensorProto.STRING, ["n"], "가", Task.IMPORTED),
        (TensorProto.BOOL, ["n", 1], True, Task.IMPORTED),
        (TensorProto.FLOAT, ["n", 2], [1.0, None], Task.IMPORTED),
        (TensorProto.STRING, ["n", 2], ["가", ""], Task.IMPORTED),
    ],
)
def test_one_output_is_answered_as_it_is(kind, shape, given, task):
    model = same(kind, shape)
    assert model.manifest.task is task
    assert answers(model, [{"x": given}, {"x": given}]) == [{"prediction": given}, {"prediction": given}]


@pytest.mark.parametrize("infinite", ["Infinity", "NaN"])
def test_a_number_that_json_has_not_is_null(infinite):
    model = same(TensorProto.DOUBLE, ["n"])
    assert model.predict(model.reader.read([{"x": float(infinite)}])) == [{"prediction": None}]


def test_a_list_of_free_length_takes_any_but_one_length_a_request():
    model = same(TensorProto.FLOAT, ["n", "k"])
    assert answers(model, [{"x": [1.0]}]) == [{"prediction": [1.0]}]
    assert answers(model, [{"x": [1.0, 2.0, 3.0]}]) == [{"prediction": [1.0, 2.0, 3.0]}]
    with pytest.raises(InvalidRows, match="must be a list of numbers, not 3"):
        answers(model, [{"x": 3}])


def test_a_map_alone_names_the_most_probable_class():
    node, output = zipped("probs", classlabels_int64s=[30, 4, 5])
    model = served(
        [helper.make_node("Identity", ["x"], ["p"]), node], [info("x", TensorProto.FLOAT, ["n", 3])], [output]
    )
    assert (model.manifest.task, model.manifest.classes) == (Task.CLASSIFICATION, (4, 5, 30))
    found = answers(model, [{"x": [0.5, 0.25, 0.25]}, {"x": [0.25, 0.25, 0.5]}])
    assert [row["prediction"] for row in found] == [30, 5]
    assert list(found[0]["probabilities"].items()) == [("4", 0.25), ("5", 0.25), ("30", 0.5)]


def test_a_map_beside_other_outputs_is_an_object_among_them():
    node, output = zipped("probs", classlabels_strings=["a", "b"])
    nodes = [helper.make_node("Identity", ["x"], ["p"]), helper.make_node("Identity", ["x"], ["raw"]), node]
    tensor = info("raw", TensorProto.FLOAT, ["n", 2])
    model = served(nodes, [info("x", TensorProto.FLOAT, ["n", 2])], [tensor, output])
    assert model.manifest.task is Task.IMPORTED
    wanted = {"raw": [0.5, 0.5], "probs": {"a": 0.5, "b": 0.5}}
    assert answers(model, [{"x": [0.5, 0.5]}]) == [{"prediction": wanted}]


def test_findings_end_at_ten_and_say_row_and_column():
    model = same(TensorProto.INT32, ["n"])
    with pytest.raises(InvalidRows) as caught:
        answers(model, [{"x": None}] * 30)
    assert len(caught.value.diagnostics) == 10
    assert (caught.value.diagnostics[0].row, caught.value.diagnostics[0].column) == (1, "x")


def test_a_whole_number_may_be_written_with_a_point():
    assert answers(same(TensorProto.INT64, ["n"]), [{"x": 3.0}]) == [{"prediction": 3}]


def test_many_rows_and_warming_up_are_no_trouble():
    model = same(TensorProto.FLOAT, ["n", 1])
    model.warm_up()
    assert not model.quick
    rows = [{"x": float(n)} for n in range(9000)]
    assert np.array_equal([row["prediction"] for row in answers(model, rows)], np.arange(9000.0))
