from __future__ import annotations

import numpy as np
import pytest

from penstock.learn.artifact import load_model
from penstock.serving.class_key import class_key
from penstock.serving.row import InvalidRows
from penstock.serving.scoring import ServedModel


def rows_of(count):
    return [{"기온": float(n), "weather": ["맑음", "rain", "snow"][n % 3]} for n in range(count)]


def served(files, lake=None):
    return ServedModel("m", 1, load_model(files, None), lake)


def test_a_regression_gives_numbers(demand_files):
    model = served(demand_files)
    predictions = model.predict(model.reader.read(rows_of(3)))
    assert [round(p["prediction"], 6) for p in predictions] == [0.0, 12.0, 24.0]


def test_few_rows_and_many_rows_get_the_same_answers(demand_files, churn_files):
    demand, churn = served(demand_files), served(churn_files)
    rows = rows_of(30)
    alone = [demand.predict(demand.reader.read([row]))[0]["prediction"] for row in rows]
    assert [p["prediction"] for p in demand.predict(demand.reader.read(rows))] == pytest.approx(alone, rel=1e-12)
    rows = [
        {"months": n, "member": n % 2 == 0 or None, "joined": "2022-01-01", "seen": "2026-03-31T09:30:00Z"}
        for n in range(0, 120, 10)
    ]
    together = churn.predict(churn.reader.read(rows))
    for row, prediction in zip(rows, together, strict=True):
        single = churn.predict(churn.reader.read([row]))[0]
        assert single["prediction"] == prediction["prediction"]
        assert single["probabilities"] == pytest.approx(prediction["probabilities"], rel=1e-9)


def test_a_classifier_gives_its_class_and_all_probabilities(churn_files):
    model = served(churn_files)
    row = {"months": 3, "member": True, "joined": "2022-01-08", "seen": "2026-03-31T09:30:00Z"}
    (prediction,) = model.predict(model.reader.read([row]))
    assert prediction["prediction"] == "yes"
    assert list(prediction["probabilities"]) == ["no", "yes"]
    assert sum(prediction["probabilities"].values()) == pytest.approx(1)


def test_an_unseen_category_and_null_are_values(demand_files):
    model = served(demand_files)
    predictions = model.predict(model.reader.read([{"기온": 1, "weather": "hail"}, {"기온": None, "weather": None}]))
    assert all(np.isfinite(p["prediction"]) for p in predictions)


def test_a_score_that_is_no_number_is_null(demand_files):
    model = served(demand_files)
    assert model.predict(model.reader.read([{"기온": 1.7e308, "weather": "rain"}])) == [{"prediction": None}]


def test_a_number_beyond_floats_is_refused_by_the_reader(demand_files):
    model = served(demand_files)
    with pytest.raises(InvalidRows):
        model.reader.read([{"기온": 10**400, "weather": "rain"}])


def test_warming_up_answers_a_row_of_nulls(demand_files, churn_files):
    served(demand_files).warm_up()
    served(churn_files).warm_up()


def test_classes_are_keys_as_json_writes_them():
    assert [class_key(label) for label in ("a", True, False, 3, 2.5)] == ["a", "true", "false", "3", "2.5"]
