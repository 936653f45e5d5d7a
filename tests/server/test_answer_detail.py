"""What is asked beside a prediction: attributions that add up, intervals, and clear words where there are none."""

from __future__ import annotations

import math

import httpx
import pytest

ROW = {"기온": 10.0, "weather": "맑음"}


@pytest.fixture
def http(world, judged_files, serve, listen):
    """A client of a server whose endpoint `api` has a model that was judged by rows of its own."""
    world.add_version("demand", judged_files)
    world.add_endpoint("api", "demand")
    with httpx.Client(base_url=listen(serve()), timeout=60) as client:
        yield client


def ask(http, **body):
    return http.post("/predict/api", json={"rows": [ROW, {"기온": None, "weather": None}], **body})


def test_attributions_add_up_to_the_prediction(http):
    plain = ask(http).json()["predictions"]
    told = ask(http, explain=True).json()["predictions"]
    for one, other in zip(plain, told, strict=True):
        explanation = other["explanation"]
        assert other["prediction"] == one["prediction"]
        assert set(explanation["attributions"]) == set(ROW)
        total = explanation["base"] + math.fsum(explanation["attributions"].values())
        assert total == pytest.approx(other["prediction"], rel=1e-6)
        assert "explanation" not in one


def test_only_the_greatest_attributions_are_told_where_so_many_are_asked_for(http):
    whole = ask(http, explain=True).json()["predictions"][0]["explanation"]["attributions"]
    (first,) = ask(http, explain=1).json()["predictions"][0]["explanation"]["attributions"].items()
    assert first == max(whole.items(), key=lambda pair: abs(pair[1]))


def test_an_interval_lies_about_the_prediction_and_grows_with_its_level(http):
    widths = []
    for level in (0.2, 0.9):
        for prediction in ask(http, interval=level).json()["predictions"]:
            interval = prediction["interval"]
            assert interval["lower"] < prediction["prediction"] < interval["upper"]
            widths.append(interval["upper"] - interval["lower"])
    assert widths[0] < widths[2]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"explain": 0}, "explain"),
        ({"explain": "yes"}, "explain"),
        ({"interval": 1}, "interval"),
        ({"interval": True}, "interval"),
        ({"interval": 0.99999}, "rows that judged"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(http, body, word):
    refused = ask(http, **body)
    assert refused.status_code == 400
    assert word in refused.json()["error"]["message"]


def test_a_model_that_no_other_rows_judged_tells_no_interval(own_http):
    refused = own_http.post("/predict/api", json={"rows": [ROW], "interval": 0.8})
    assert "fitted on" in refused.json()["error"]["message"]
