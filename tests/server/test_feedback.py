from __future__ import annotations

import pytest

ROW = {"기온": 10.0, "weather": "맑음"}


def test_feedback_is_taken_and_unknown_ids_are_counted(http):
    known = http.post("/predict/api", json={"rows": [ROW]}).json()["predictions"][0]["prediction_id"]
    rows = [{"prediction_id": known, "actual": 21.5}, {"prediction_id": "made up", "actual": 3}]
    response = http.post("/feedback/api", json={"rows": rows})
    assert response.status_code == 200
    assert response.json() == {
        "accepted": 2,
        "unknown": 1,
        "unknown_labels": 0,
        "warnings": ["1 row is for a prediction that this endpoint has not given."],
    }


@pytest.mark.parametrize(
    ("body", "column", "says"),
    [
        ({"rows": [{"prediction_id": "p", "actual": "x"}]}, "actual", "must be a number"),
        ({"rows": [{"prediction_id": "p"}]}, "actual", "no actual"),
        ({"rows": [{"prediction_id": "p", "acutal": 1}]}, "acutal", "does not take"),
        ({"rows": []}, None, "at least one row"),
        ({"feedback": []}, None, "unknown key"),
        ({}, None, "must have rows"),
    ],
)
def test_wrong_feedback_is_refused(http, body, column, says):
    response = http.post("/feedback/api", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["column"] == column
    assert says in response.json()["error"]["message"]


def test_feedback_for_an_unknown_endpoint_is_404(http):
    assert http.post("/feedback/none", json={"rows": [{"prediction_id": "p", "actual": 1}]}).status_code == 404
