"""The Open Inference Protocol V2 over gRPC, asked by the public client."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("grpc")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import tritonclient.grpc as triton
    from tritonclient.grpc import service_pb2
    from tritonclient.utils import InferenceServerException

from penstock.core.errors import UserError
from penstock.server.body import Limits
from penstock.server.grpc_message import message_classes
from penstock.server.grpc_service import GrpcPort


@pytest.fixture
def ask(listen_grpc):
    with triton.InferenceServerClient(listen_grpc()) as opened:
        yield opened


@pytest.fixture
def listen_grpc(demand, serve, listen):
    def start(**options) -> str:
        port = GrpcPort("127.0.0.1", 0, options.get("limits", Limits()))
        listen(options.pop("plane", None) or serve(), grpc=port, **options)
        return port.address

    return start


def tensor(name, values, datatype):
    array = np.array(values, dtype=object) if datatype == "BYTES" else np.array(values)
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array)
    return made


def demand_inputs(numbers, texts):
    return [tensor("기온", np.array(numbers, float), "FP64"), tensor("weather", texts, "BYTES")]


def test_every_message_has_the_fields_of_the_public_definition():
    for name, ours in message_classes().items():
        outer, _, inner = name.partition(".")
        theirs = getattr(service_pb2, outer)
        theirs = getattr(theirs, inner) if inner else theirs
        known = {field.name: field for field in theirs.DESCRIPTOR.fields}
        for field in ours.DESCRIPTOR.fields:
            assert field.number == known[field.name].number, (name, field.name)
            assert field.type == known[field.name].type, (name, field.name)
            assert field.is_repeated == known[field.name].is_repeated, (name, field.name)


def test_the_server_and_its_models_answer_for_their_health_and_metadata(ask):
    assert ask.is_server_live()
    assert ask.is_server_ready()
    assert ask.is_model_ready("api")
    assert ask.is_model_ready("api", "1")
    assert not ask.is_model_ready("none")
    assert not ask.is_model_ready("api", "7")
    assert ask.get_server_metadata().name == "penstock"
    metadata = ask.get_model_metadata("api")
    assert (metadata.name, list(metadata.versions)) == ("api", ["1"])
    assert [(item.name, item.datatype, list(item.shape)) for item in metadata.inputs] == [
        ("기온", "FP64", [-1]),
        ("weather", "BYTES", [-1]),
    ]
    index = ask.get_model_repository_index()
    assert [(item.name, item.version, item.state) for item in index.models] == [("api", "1", "READY")]


@pytest.mark.parametrize("count", [1, 3, 40])
def test_mixed_strings_and_numbers_are_inferred(ask, count):
    numbers, texts = [10.0, 20.0, np.nan] * count, ["맑음", "rain", "없던 날씨"] * count
    result = ask.infer("api", demand_inputs(numbers, texts), request_id="r-7")
    predictions = result.as_numpy("prediction")
    assert predictions.dtype == np.float64
    assert predictions[:2] == pytest.approx([20.0, 50.0])
    assert len(set(result.as_numpy("prediction_id"))) == 3 * count
    answer = result.get_response()
    assert (answer.model_name, answer.model_version, answer.id) == ("api", "1", "r-7")
    assert answer.parameters["variant"].string_param == "champion"
    assert answer.parameters["version"].int64_param == 1


def test_values_may_stand_in_typed_fields_and_outputs_be_chosen(ask):
    request = service_pb2.ModelInferRequest(model_name="api")
    number = request.inputs.add(name="기온", datatype="FP32", shape=[1, 1])
    number.contents.fp32_contents.append(10.0)
    text = request.inputs.add(name="weather", datatype="BYTES", shape=[1, 1])
    text.contents.bytes_contents.append("맑음".encode())
    request.outputs.add(name="prediction")
    answer = ask._client_stub.ModelInfer(request)
    assert [output.name for output in answer.outputs] == ["prediction"]
    assert np.frombuffer(answer.raw_output_contents[0]) == pytest.approx([20.0])


def test_inferences_are_logged_like_predictions(world, listen_grpc, serve):
    plane = serve()
    with triton.InferenceServerClient(listen_grpc(plane=plane)) as opened:
        result = opened.infer("api", demand_inputs([np.inf, 1.0], ["맑음", "rain"]), request_id="r-9")
        ids = {bytes(found).decode() for found in result.as_numpy("prediction_id")}
    logged = world.logged(plane, "request_id, prediction_id, inputs->>'$.기온'")
    assert {(request, value) for request, _, value in logged} == {("r-9", "Infinity"), ("r-9", "1.0")}
    assert {found for _, found, _ in logged} == ids


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ({"model": "apj"}, "NOT_FOUND", "Did you mean 'api'"),
        ({"version": "9"}, "NOT_FOUND", "no version"),
        ({"inputs": demand_inputs([1.0], ["x"])[:1]}, "INVALID_ARGUMENT", "no column 'weather'"),
        ({"inputs": [*demand_inputs([1.0], ["x"]), tensor("n", [[1.0], [2.0]], "FP64")]}, "INVALID_ARGUMENT", "rows"),
        ({"outputs": [triton.InferRequestedOutput("predction")]}, "INVALID_ARGUMENT", "Did you mean 'prediction'"),
        ({"headers": {"x-penstock-variant": "candidate"}}, "INVALID_ARGUMENT", "candidate"),
    ],
)
def test_a_wrong_call_is_refused_with_its_code(ask, asked, code, says):
    with pytest.raises(InferenceServerException, match=says) as caught:
        ask.infer(
            asked.get("model", "api"),
            asked.get("inputs", demand_inputs([1.0], ["x"])),
            model_version=asked.get("version", ""),
            outputs=asked.get("outputs"),
            headers=asked.get("headers"),
        )
    assert caught.value.status() == f"StatusCode.{code}"


def test_a_token_is_asked_for_as_over_http(listen_grpc):
    with triton.InferenceServerClient(listen_grpc(token="secret")) as opened:
        assert opened.is_server_live()
        for headers in (None, {"authorization": "Bearer wrong"}):
            with pytest.raises(InferenceServerException, match="valid token") as caught:
                opened.infer("api", demand_inputs([1.0], ["x"]), headers=headers)
            assert caught.value.status() == "StatusCode.UNAUTHENTICATED"
        headers = {"authorization": "Bearer secret"}
        assert len(opened.infer("api", demand_inputs([1.0], ["x"]), headers=headers).as_numpy("prediction")) == 1


def test_more_than_a_request_may_have_is_refused(listen_grpc):
    with triton.InferenceServerClient(listen_grpc(limits=Limits(rows=2, body_bytes=100_000))) as opened:
        with pytest.raises(InferenceServerException, match="may have 2 rows"):
            opened.infer("api", demand_inputs([1.0] * 3, ["x"] * 3))
        with pytest.raises(InferenceServerException) as caught:
            opened.infer("api", demand_inputs([1.0], ["x" * 200_000]))
        assert caught.value.status() == "StatusCode.RESOURCE_EXHAUSTED"


def test_a_taken_port_is_told():
    first = GrpcPort("127.0.0.1", 0, Limits())
    other = GrpcPort.__new__(GrpcPort)
    assert first.port
    with pytest.raises(UserError, match="Cannot listen"):
        other.__init__("256.0.0.1", 1, Limits())
