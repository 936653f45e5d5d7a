"""Imported models in service: what they answer, what of it is measured, and the file that comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from penstock.catalog.evaluations import Evaluation
from penstock.core.errors import InvalidOption, UserError
from penstock.engine.monitor import evaluate_monitor
from penstock.project.monitor import MonitorSpec
from penstock.serving.data_plane import DataPlane, open_data_plane
from penstock.serving.row import InvalidRows

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
RNG = np.random.default_rng(7)
CLASSES = ["no", "예"]
ALL = "\n".join(
    f"CREATE MODEL {name} OPTIONS (model_type = 'onnx', model_path = '{name}.onnx'); CREATE ENDPOINT {name}_api ON "
    f"MODEL {name};"
    for name in ("sums", "kinds", "parts")
)


def info(name: str, kind: int, shape: list[object]) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def onnx_file(nodes: list[Any], inputs: list[Any], outputs: list[Any]) -> bytes:
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def sums(times: int = 1) -> bytes:
    """`a` and `b`, summed; twice that when `times` is 2."""
    nodes = [
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("Add" if times == 2 else "Max", ["c", "c"], ["total"]),
    ]
    column: list[object] = ["n", 1]
    inputs = [info(name, TensorProto.FLOAT, column) for name in ("a", "b")]
    return onnx_file(nodes, inputs, [info("total", TensorProto.FLOAT, column)])


def kinds() -> bytes:
    """A classifier as sklearn-onnx writes it: `예` where `a` is greater than 0; its classes not in their order."""
    reverse = CLASSES[::-1]
    lines = {"coefficients": [1.0, -1.0], "intercepts": [0.0, 0.0], "post_transform": "SOFTMAX"}
    linear = helper.make_node(
        "LinearClassifier", ["a"], ["label", "p"], domain="ai.onnx.ml", classlabels_strings=reverse, **lines
    )
    named = helper.make_node("ZipMap", ["p"], ["probs"], domain="ai.onnx.ml", classlabels_strings=reverse)
    kind = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    maps = helper.make_value_info("probs", helper.make_sequence_type_proto(kind))
    return onnx_file(
        [linear, named], [info("a", TensorProto.FLOAT, ["n", 1])], [info("label", TensorProto.STRING, ["n"]), maps]
    )


def parts() -> bytes:
    """Three outputs that are the inputs: a list of numbers, a text and a whole number."""
    tensors = {"v": (TensorProto.FLOAT, ["n", 3]), "t": (TensorProto.STRING, ["n"]), "i": (TensorProto.INT32, ["n", 1])}
    nodes = [helper.make_node("Identity", [name], [f"{name}2"]) for name in tensors]
    inputs = [info(name, kind, list(shape)) for name, (kind, shape) in tensors.items()]
    return onnx_file(nodes, inputs, [info(f"{name}2", kind, list(shape)) for name, (kind, shape) in tensors.items()])


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": ALL})
    for name, content in {"sums": sums(), "kinds": kinds(), "parts": parts()}.items():
        opened.put(f"{name}.onnx", content)
    opened.run()
    return opened


@pytest.fixture
def plane(work: Work) -> Iterator[DataPlane]:
    session = work.session
    opened = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    yield opened
    opened.close()


def answers(plane: DataPlane, endpoint: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    plane.refresh()
    found = plane.predict(endpoint, rows).predictions
    plane.compact()
    return [{key: value for key, value in answer.items() if key != "prediction_id"} for answer in found]


def looked(work: Work, name: str) -> Evaluation:
    graph = work.graph()
    (spec,) = [
        found.spec
        for found in graph.resources.values()
        if isinstance(found.spec, MonitorSpec) and found.spec.name == name
    ]
    evaluation = evaluate_monitor(work.session, graph, spec)
    assert evaluation is not None
    return evaluation


def test_one_output_is_its_value_and_null_where_it_is_none(plane: DataPlane) -> None:
    assert answers(plane, "sums_api", [{"a": 1, "b": 2.5}, {"a": None, "b": 1}]) == [
        {"prediction": 3.5},
        {"prediction": None},
    ]


def test_a_map_of_classes_is_probabilities_beside_the_class(plane: DataPlane) -> None:
    (found, unknown) = answers(plane, "kinds_api", [{"a": 1}, {"a": None}])
    assert found["prediction"] == "예"
    assert list(found["probabilities"]) == CLASSES
    assert found["probabilities"]["예"] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)
    assert unknown["probabilities"] == {"no": None, "예": None}


def test_several_outputs_are_an_object_of_them(plane: DataPlane, work: Work) -> None:
    row = {"v": [1, None, 3], "t": "가", "i": 7}
    wanted = {"v2": [1.0, None, 3.0], "t2": "가", "i2": 7}
    assert answers(plane, "parts_api", [row]) == [{"prediction": wanted}]
    (logged,) = work.rows("SELECT inputs, outputs FROM penstock.predictions")
    assert [json.loads(str(text)) for text in logged] == [row, {"prediction": wanted}]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"v": [1, 2], "t": "x", "i": 1}, "'v' must be a list of 3 numbers"),
        ({"v": [1, 2, 3], "t": None, "i": 1}, "'t' must be a text, not null"),
        ({"v": [1, 2, 3], "t": "x", "i": None}, "'i' must be a whole number that int32 holds, not null"),
        ({"v": [1, 2, 3], "t": "x", "i": 1.5}, "'i' must be a whole number that int32 holds, not 1.5"),
        ({"v": [1, 2, 3], "t": "x", "i": 2**40}, "'i' must be a whole number"),
        ({"v": [1, 2, 3], "t": "x"}, "no column 'i'"),
    ],
)
def test_a_row_that_the_tensors_cannot_hold_is_told(plane: DataPlane, row: dict[str, Any], words: str) -> None:
    good = {"v": [1, 2, 3], "t": "x", "i": 1}
    with pytest.raises(InvalidRows, match=f"Row 2.*{words}"):
        plane.predict("parts_api", [good, row])


def test_another_file_answers_as_a_shadow_and_then_with_a_part_of_the_traffic(work: Work, plane: DataPlane) -> None:
    work.put("sums.onnx", sums(2))
    work.run()
    work.sql("ALTER ENDPOINT sums_api SET TRAFFIC (1 = 100)")
    work.sql("ALTER ENDPOINT sums_api SET SHADOW (2)")
    plane.refresh()
    answer = plane.predict("sums_api", [{"a": 1, "b": 2}])
    plane.score_shadow(answer)
    plane.compact()
    found = work.rows("SELECT version, variant, outputs->>'prediction' FROM penstock.predictions ORDER BY version")
    assert found == [(1, "1", "3.0"), (2, "shadow", "6.0")]
    work.sql("ALTER ENDPOINT sums_api SET TRAFFIC (1 = 50, 2 = 50)")
    plane.refresh()
    assert {plane.predict("sums_api", [{"a": 1, "b": 2}]).predictions[0]["prediction"] for _ in range(40)} == {3.0, 6.0}


def numbers(count: int, mean: float = 0.0) -> list[dict[str, Any]]:
    return [{"a": float(x), "b": 0.0} for x in RNG.normal(mean, 1, count)]


def test_a_monitor_compares_with_the_first_full_window(work: Work, plane: DataPlane) -> None:
    work.put(
        "watch.sql",
        "CREATE MONITOR by_rows ON ENDPOINT sums_api OPTIONS (window_rows = 200) BREACH WHEN max_psi > 0.3;"
        "CREATE MONITOR by_time ON ENDPOINT sums_api OPTIONS (window = '1 hour') BREACH WHEN prediction_psi > 0.3;",
    )
    work.run()
    answers(plane, "sums_api", numbers(150))
    early = looked(work, "by_rows")
    assert (early.breached, early.measures["max_psi"], early.measures["null_rate"]) == (None, None, 0)
    answers(plane, "sums_api", numbers(50))
    assert looked(work, "by_rows").breached is False
    assert looked(work, "by_time").breached is None
    work.clock.advance(timedelta(hours=2))
    answers(plane, "sums_api", numbers(200, mean=5))
    shifted = looked(work, "by_rows")
    assert shifted.breached
    assert shifted.columns[0]["reference_mean"] == pytest.approx(0, abs=0.3)
    by_time = looked(work, "by_time")
    assert by_time.breached
    assert by_time.measures["reference_prediction_mean"] == pytest.approx(0, abs=0.3)
    told = ("monitor", "compared with", "the first full window that the champion answered")
    assert told in work.rows("DESCRIBE MONITOR by_rows")


def test_a_list_or_a_text_is_watched_too(work: Work, plane: DataPlane) -> None:
    monitor = "CREATE MONITOR w ON ENDPOINT parts_api OPTIONS (window_rows = 40) BREACH WHEN max_psi > 5 OR {};"
    work.put("watch.sql", monitor.format("unseen_rate > 0.5"))
    work.run()
    rows = [{"v": [float(n), 1.0, 2.0], "t": "ab"[n % 2], "i": n} for n in range(40)]
    answers(plane, "parts_api", rows)
    assert looked(work, "w").breached is False
    work.clock.advance(timedelta(minutes=1))
    answers(plane, "parts_api", [{**row, "t": "c"} for row in rows])
    found = looked(work, "w")
    assert found.breached
    assert (found.measures["prediction_mean"], found.measures["prediction_psi"]) == (None, None)


def test_feedback_on_a_number_and_on_a_class_is_measured(work: Work, plane: DataPlane) -> None:
    work.put(
        "watch.sql",
        "CREATE MONITOR n ON ENDPOINT sums_api BREACH WHEN mean_absolute_error > 1;"
        "CREATE MONITOR c ON ENDPOINT kinds_api BREACH WHEN accuracy < 0.9;",
    )
    work.run()
    plane.refresh()
    given = plane.predict("sums_api", numbers(40)).predictions
    plane.feedback(
        "sums_api", [{"prediction_id": row["prediction_id"], "actual": row["prediction"] + 2} for row in given]
    )
    classes = plane.predict("kinds_api", [{"a": row["a"]} for row in numbers(40)]).predictions
    right = [{"prediction_id": row["prediction_id"], "actual": row["prediction"]} for row in classes]
    assert plane.feedback("kinds_api", right).unknown_labels == 0
    plane.compact()
    measured = looked(work, "n")
    assert measured.breached
    assert measured.measures["mean_absolute_error"] == pytest.approx(2)
    judged = looked(work, "c")
    assert (judged.breached, judged.measures["accuracy"], judged.measures["roc_auc"]) == (False, 1, 1)


def test_feedback_on_anything_else_is_refused_with_words(plane: DataPlane) -> None:
    plane.refresh()
    with pytest.raises(InvalidRows, match="an onnx model whose answer is neither one number nor a class"):
        plane.feedback("parts_api", [{"prediction_id": "x", "actual": 1}])


def test_describe_tells_inputs_and_outputs(work: Work) -> None:
    def told(endpoint: str) -> list[tuple[object, ...]]:
        return [found[1:] for found in work.rows(f"DESCRIBE ENDPOINT {endpoint}") if found[0] == "output"]

    assert told("sums_api") == [("prediction", "number")]
    assert told("kinds_api") == [("prediction", "one of no, 예"), ("probabilities", "number for each of them")]
    assert told("parts_api") == [
        ("prediction.v2", "list of numbers"),
        ("prediction.t2", "text"),
        ("prediction.i2", "number"),
    ]


@pytest.mark.parametrize("model", ["sums", "kinds", "parts"])
def test_export_gives_back_the_file(work: Work, model: str) -> None:
    work.sql(f"EXPORT MODEL {model} OPTIONS (uri = 'out')")
    assert (work.root / "out/model.onnx").read_bytes() == (work.root / f"{model}.onnx").read_bytes()
    words = json.loads((work.root / "out/inputs.json").read_text())
    assert {found["tensor"] for found in words["inputs"]} <= {"float32", "string", "int32"}


def test_a_model_of_time_series_is_still_not_served(work: Work) -> None:
    work.sql("CREATE TABLE days AS SELECT DATE '2026-01-01' + range::INT AS day, range AS n FROM range(40)")
    options = "model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'n'"
    work.sql(f"CREATE MODEL series OPTIONS ({options}) AS SELECT * FROM days")
    with pytest.raises(InvalidOption, match="an arima_plus model gives no score to a single row"):
        work.sql("CREATE ENDPOINT e ON MODEL series")


def test_a_baseline_that_there_cannot_be_is_told_at_the_plan(work: Work) -> None:
    work.put("watch.sql", "CREATE MONITOR n ON ENDPOINT sums_api BREACH WHEN r2_score < baseline_r2_score;")
    with pytest.raises(UserError, match="asks for 'baseline_r2_score', which is not measured") as caught:
        work.plan()
    assert "Did you mean 'r2_score'?" in str(caught.value)
