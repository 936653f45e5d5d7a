"""TensorFlow's files: the converted graph gives what TensorFlow gives, and what it cannot give is refused in words."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from onnx import TensorProto, helper

from penstock.core.errors import BadData, InvalidOption, MissingExtra
from penstock.core.options import GivenOption
from penstock.learn import tensorflow_import
from penstock.learn.artifact import LoadedModel
from penstock.learn.fitting import TrainedModel
from penstock.learn.imported_graph import output_fields, run_graph
from penstock.learn.importer import ImportField
from penstock.learn.importing import import_model
from penstock.learn.registry import importer_of
from penstock.learn.tensorflow_conversion import Original, Refused, compared, numbered

MODELS = Path(__file__).parent.parent / "conformance" / "tensorflow"
EXPECTED = json.loads((MODELS / "expected.json").read_text(encoding="utf-8"))

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tf2onnx") is None, reason="the extra `tensorflow` is not installed"
)


def packed(folder: Path, below: str = "", compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, below + file.relative_to(folder).as_posix())
    return content.getvalue()


def made(kind: str, content: bytes) -> TrainedModel:
    given = {"model_type": GivenOption(kind), "model_path": GivenOption("m")}
    return import_model(content, importer_of(kind), given, source="m", inputs=(), outputs=(), seed=1)


@cache
def postage() -> TrainedModel:
    return made("tensorflow_lite", (MODELS / "postage.tflite").read_bytes())


def answers(model: TrainedModel, rows: dict[str, Any]) -> dict[str, list[Any]]:
    loaded = LoadedModel(model.manifest, model.files)
    names = [field.name for field in output_fields(model.manifest)]
    return {name: found.to_pylist() for name, found in zip(names, run_graph(loaded, pa.table(rows)), strict=True)}


def check(found: dict[str, list[Any]], wanted: dict[str, list[Any]]) -> None:
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        if isinstance(values[0], str):
            assert found[name] == values
        else:
            np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-6)


@needs_tensorflow
def test_a_zip_of_a_saved_model_answers_as_tensorflow_does() -> None:
    model = made("tensorflow", packed(MODELS / "headlines", "news/1/", zipfile.ZIP_DEFLATED))
    check(answers(model, EXPECTED["headlines"]["rows"]), EXPECTED["headlines"]["answers"])
    features = {feature.name: feature.arrow for feature in model.manifest.features}
    assert features == {"hour": "int64", "score": "double", "words": "list<item: string>"}
    details = model.manifest.details
    assert details["rows_compared"] == 8 and details["largest_difference"] < 1e-5 and details["tf2onnx"]


@needs_tensorflow
def test_a_file_of_tensorflow_lite_answers_under_the_names_of_its_signature() -> None:
    check(answers(postage(), EXPECTED["postage"]["rows"]), EXPECTED["postage"]["answers"])


@needs_tensorflow
def test_the_same_file_gives_the_same_artifact() -> None:
    assert made("tensorflow_lite", (MODELS / "postage.tflite").read_bytes()).files == postage().files


@needs_tensorflow
def test_an_operator_without_onnx_is_named() -> None:
    with pytest.raises(BadData, match="tf2onnx has no ONNX for StringSplitV2") as caught:
        made("tensorflow", packed(MODELS / "texts"))
    assert "in SQL" in (caught.value.diagnostics[0].hint or "")


@needs_tensorflow
def test_a_folder_that_tensorflow_cannot_load_is_told_with_its_words() -> None:
    with pytest.raises(BadData, match=r"TensorFlow cannot load it: \w+") as caught:
        made("tensorflow", members("m/saved_model.pb"))
    assert "Save it again" in (caught.value.diagnostics[0].hint or "")


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both packages are taken to be there: what is tested comes before they run."""
    monkeypatch.setattr(tensorflow_import, "find_spec", lambda name: name)


def members(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("tensorflow", b"no zip", "no zip of a SavedModel"),
        ("tensorflow", members("a.txt"), "no file is called saved_model.pb"),
        ("tensorflow", members("a/saved_model.pb", "b/saved_model.pb"), "There are 2 SavedModels"),
        ("tensorflow_lite", b"0123 not one", "not of TensorFlow Lite"),
    ],
)
def test_files_of_another_kind_are_refused_before_tensorflow_runs(
    present: None, kind: str, content: bytes, message: str
) -> None:
    with pytest.raises(BadData, match=message):
        made(kind, content)


def test_a_missing_package_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorflow_import, "find_spec", lambda name: None if name == "tf2onnx" else name)
    with pytest.raises(MissingExtra, match="with tf2onnx, which is not installed") as caught:
        made("tensorflow", members("saved_model.pb"))
    assert "penstock[tensorflow]" in (caught.value.diagnostics[0].hint or "")


def test_fields_are_not_declared() -> None:
    with pytest.raises(InvalidOption, match="INPUT and OUTPUT do not go with it"):
        importer_of("tensorflow").read(b"x", [ImportField("a", "FLOAT64")], ())


def test_a_process_that_ends_otherwise_is_told_with_its_last_words(
    present: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in = tmp_path / "tensorflow"
    stand_in.mkdir()
    (stand_in / "__init__.py").write_text("import os, sys\nprint('KEY' in os.environ, file=sys.stderr)\nos.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("KEY", "secret")
    with pytest.raises(BadData, match=r"ended by signal 6: .*False") as caught:
        made("tensorflow", members("saved_model.pb"))
    assert "Traceback" not in str(caught.value)


def test_a_conversion_without_end_is_ended(present: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(tensorflow_import, "SECONDS", 1)
    with pytest.raises(BadData, match="not converted the model in 1 seconds"):
        made("tensorflow", members("saved_model.pb"))


def graph(tmp_path: Path, factor: float, operator: str = "Mul") -> Path:
    nodes = [helper.make_node("Constant", [], ["k"], value_float=factor), helper.make_node(operator, ["x", "k"], ["y"])]
    taken, given = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "xy")
    model = helper.make_model(
        helper.make_graph(nodes, "g", [taken], [given]), opset_imports=[helper.make_opsetid("", 18)]
    )
    model.ir_version = 9
    path = tmp_path / "g.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def twice(answer: Callable[[Any], Any]) -> Original:
    return Original({"x": (np.float32, (None, 2))}, {"x": "x", "y": "y"}, answer, 1e-3)


def test_a_graph_that_gives_other_numbers_is_refused(tmp_path: Path) -> None:
    original = twice(lambda given: {"y": given["x"] * 2})
    assert compared(original, graph(tmp_path, 2.0)) == {"rows_compared": 8, "largest_difference": 0.0}
    with pytest.raises(Refused, match="gives another 'y' than TensorFlow"):
        compared(original, graph(tmp_path, 2.01))
    small = twice(lambda given: {"y": given["x"] * 0.004})
    with pytest.raises(Refused, match="gives another 'y' than TensorFlow"):
        compared(small, graph(tmp_path, 0.00402))
    with pytest.raises(Refused, match="does not run on rows"):
        compared(original, graph(tmp_path, 2.0, "And"))


def test_a_model_that_takes_no_made_up_rows_is_not_compared(tmp_path: Path) -> None:
    def refuse(given: Any) -> Any:
        raise ValueError("Only squares.\nmore")

    assert compared(twice(refuse), graph(tmp_path, 2.0)) == {"not_compared": "Only squares."}


def test_inner_names_and_the_order_of_tables_do_not_tell_two_conversions_apart() -> None:
    def converted(inner: str, words: list[str]) -> bytes:
        numbers = [{"a": 1, "b": 2}[word] for word in words]
        nodes = [
            helper.make_node(
                "CategoryMapper", ["x"], [inner], domain="ai.onnx.ml", cats_strings=words, cats_int64s=numbers
            ),
            helper.make_node("Identity", [inner], ["y"], name=f"last{inner}"),
        ]
        taken = helper.make_tensor_value_info("x", TensorProto.STRING, ["n"])
        given = helper.make_tensor_value_info("y", TensorProto.INT64, ["n"])
        return bytes(helper.make_model(helper.make_graph(nodes, inner, [taken], [given])).SerializeToString())

    assert numbered(converted("t7", ["a", "b"])) == numbered(converted("t9", ["b", "a"]))
    assert numbered(converted("t7", ["a", "b"])) != converted("t7", ["a", "b"])
