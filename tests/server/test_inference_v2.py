from __future__ import annotations

import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import tritonclient.http as triton
    from tritonclient.utils import InferenceServerException

ROW = {"기온": 10.0, "weather": "맑음"}


@pytest.fixture
def client(http):
    with triton.InferenceServerClient(f"127.0.0.1:{http.base_url.port}") as opened:
        yield opened


@pytest.fixture
def churn_client(world, serve, listen, churn_files):
    world.add_version("churn", churn_files)
    world.add_endpoint("churn_api", "churn")
    with triton.InferenceServerClient(listen(serve()).removeprefix("http://")) as opened:
        yield opened


def tensor(name, values, datatype, binary=True):
    array = np.array(values, dtype=object) if datatype == "BYTES" else np.array(values)
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def demand_inputs(numbers, texts, binary=True):
    return [tensor("기온", numbers, "FP64", binary), tensor("weather", texts, "BYTES", binary)]


def test_the_server_and_its_models_answer_for_their_health_and_metadata(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("api")
    assert client.is_model_ready("api", "1")
    assert not client.is_model_ready("none")
    assert not client.is_model_ready("api", "7")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    metadata = client.get_model_metadata("api")
    assert metadata["name"] == "api"
    assert metadata["versions"] == ["1"]
    assert metadata["inputs"] == [
        {"name": "기온", "datatype": "FP64", "shape": [-1]},
        {"name": "weather", "datatype": "BYTES", "shape": [-1]},
    ]
    assert [(out["name"], out["datatype"]) for out in metadata["outputs"]] == [
        ("prediction", "FP64"),
        ("prediction_id", "BYTES"),
    ]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("column", [False, True])
def test_mixed_strings_and_numbers_are_inferred(client, binary, column):
    numbers, texts = np.array([10.0, 20.0, np.nan]), np.array(["맑음", "rain", "없던 날씨"], dtype=object)
    if column:
        numbers, texts = numbers[:, None], texts[:, None]
    if not binary:
        numbers = np.nan_to_num(numbers)
    result = client.infer("api", demand_inputs(numbers, texts, binary), request_id="r-7")
    predictions = result.as_numpy("prediction")
    assert predictions.dtype == np.float64
    assert predictions.shape == (3,)
    assert predictions[:2] == pytest.approx([20.0, 50.0])
    assert len(set(result.as_numpy("prediction_id"))) == 3
    answer = result.get_response()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("api", "1", "r-7")
    assert answer["parameters"] == {"model": "demand", "variant": "champion", "version": 1}


def test_outputs_can_be_chosen_and_be_json(client):
    wanted = [triton.InferRequestedOutput("prediction", binary_data=False)]
    result = client.infer("api", demand_inputs([10.0], ["맑음"]), outputs=wanted)
    assert [output["name"] for output in result.get_response()["outputs"]] == ["prediction"]
    assert result.as_numpy("prediction") == pytest.approx([20.0])
    assert result.as_numpy("prediction_id") is None


@pytest.mark.parametrize("datatype", [np.float32, np.int64, np.int32])
def test_numbers_of_any_type_are_numbers(client, datatype):
    names = {np.float32: "FP32", np.int64: "INT64", np.int32: "INT32"}
    inputs = [
        tensor("기온", np.array([10], datatype), names[datatype]),
        tensor("weather", ["맑음"], "BYTES"),
    ]
    assert client.infer("api", inputs).as_numpy("prediction") == pytest.approx([20.0])


def test_a_compressed_request_is_read(client):
    result = client.infer("api", demand_inputs([10.0], ["맑음"]), request_compression_algorithm="gzip")
    assert result.as_numpy("prediction") == pytest.approx([20.0])


def test_a_classifier_gives_classes_and_probabilities(churn_client):
    inputs = [
        tensor("months", np.array([3, 100]), "INT64"),
        tensor("member", np.array([True, False]), "BOOL"),
        tensor("joined", ["2022-01-08", "2022-04-10"], "BYTES"),
        tensor("seen", ["2026-03-31T09:30:00Z"] * 2, "BYTES"),
    ]
    result = churn_client.infer("churn_api", inputs)
    assert [bytes(text).decode() for text in result.as_numpy("prediction")] == ["yes", "no"]
    probabilities = result.as_numpy("probabilities")
    assert probabilities.shape == (2, 2)
    assert probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert probabilities[0, 1] > 0.5 > probabilities[1, 1]


def test_mlservers_pandas_content_type_is_columns(http):
    body = {
        "parameters": {"content_type": "pd"},
        "inputs": [
            {"name": "기온", "datatype": "FP64", "shape": [2, 1], "data": [10.0, None]},
            {
                "name": "weather",
                "datatype": "BYTES",
                "shape": [2, 1],
                "data": ["맑음", None],
                "parameters": {"content_type": "str"},
            },
        ],
    }
    answer = http.post("/v2/models/api/infer", json=body).json()
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert outputs["prediction"]["shape"] == [2]
    assert outputs["prediction"]["data"][0] == pytest.approx(20.0)


def test_inferences_are_logged_like_predictions(world, serve, listen, demand):
    plane = serve()
    with triton.InferenceServerClient(listen(plane).removeprefix("http://")) as opened:
        result = opened.infer("api", demand_inputs([np.inf, 1.0], ["맑음", "rain"]), request_id="r-9")
        ids = {bytes(found).decode() for found in result.as_numpy("prediction_id")}
    logged = world.logged(plane, "request_id, prediction_id, inputs->>'$.기온'")
    assert {(request, value) for request, _, value in logged} == {("r-9", "Infinity"), ("r-9", "1.0")}
    assert {found for _, found, _ in logged} == ids


def inputs_of(**changes):
    values = {
        "기온": {"name": "기온", "datatype": "FP64", "shape": [1], "data": [1.0]},
        "weather": {"name": "weather", "datatype": "BYTES", "shape": [1], "data": ["x"]},
    }
    return {"inputs": list((values | changes).values())}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "no inputs"),
        ({"inputs": []}, "no inputs"),
        (inputs_of(extra={"name": "wether", "datatype": "FP64", "shape": [1], "data": [1]}), "Did you mean 'weather'"),
        (inputs_of(extra={"name": "기온", "datatype": "FP64", "shape": [1], "data": [1]}), "two inputs '기온'"),
        (inputs_of(extra={"name": "b", "datatype": "FP64", "shape": [2], "data": [1, 2]}), "different numbers of rows"),
        (inputs_of(weather={"name": "weather", "datatype": "FP64", "shape": [1], "data": [1]}), "must be a text"),
        (inputs_of() | {"outputs": [{"name": "predction"}]}, "Did you mean 'prediction'"),
        (inputs_of() | {"outputs": ["x"]}, "no output None"),
        (
            inputs_of(weather={"name": "w", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 5}}),
            "no 5 bytes",
        ),
    ],
)
def test_a_wrong_request_is_refused_in_the_protocols_own_shape(http, body, says):
    response = http.post("/v2/models/api/infer", json=body)
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert says in response.json()["error"]


def test_binary_data_that_belong_to_no_input_are_refused(http):
    head = b'{"inputs": [{"name": "x", "datatype": "FP64", "shape": [1], "parameters": {"binary_data_size": 8}}]}'
    for length, tail, says in ((len(head), b"0" * 9, "belong to no input"), (9999, b"", "is '9999'")):
        headers = {"Inference-Header-Content-Length": str(length)}
        response = http.post("/v2/models/api/infer", content=head + tail, headers=headers)
        assert response.status_code == 400
        assert says in response.json()["error"]


def test_errors_reach_the_public_client_as_text(client):
    with pytest.raises(InferenceServerException, match="Did you mean 'api'") as caught:
        client.infer("apj", demand_inputs([1.0], ["x"]))
    assert caught.value.status() == "404"
    with pytest.raises(InferenceServerException, match="no version"):
        client.infer("api", demand_inputs([1.0], ["x"]), model_version="9")


def test_a_version_in_service_can_be_asked_for(world, serve, listen, demand, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", traffic={"champion": 99, "candidate": 1})
    with triton.InferenceServerClient(listen(serve()).removeprefix("http://")) as opened:
        assert opened.infer("api", demand_inputs([10.0], ["맑음"]), model_version="2").as_numpy(
            "prediction"
        ) == pytest.approx([50.0])
