from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penstock.learn.artifact import load_model
from penstock.serving.feedback import FeedbackAnswer, label_lines, unknown_labels
from penstock.serving.row import InvalidRows

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def lines(files, *actuals):
    manifest = load_model(files, None).manifest if files else None
    rows = [{"prediction_id": f"p{n}", "actual": actual} for n, actual in enumerate(actuals)]
    return [line["actual"] for line in label_lines(rows, "api", manifest, NOW)]


def test_labels_keep_their_json_type(demand_files, churn_files):
    assert lines(demand_files, 3, 2.5) == [3, 2.5]
    assert lines(churn_files, "yes", "새 등급") == ["yes", "새 등급"]
    assert lines(None, "a", 1, True) == ["a", 1, True]


@pytest.mark.parametrize("actual", ["3", True, None, float("nan"), [1], {}])
def test_a_regressions_label_must_be_a_number(demand_files, actual):
    with pytest.raises(InvalidRows, match="Row 1: actual must be a number") as caught:
        lines(demand_files, actual)
    assert (caught.value.diagnostics[0].row, caught.value.diagnostics[0].column) == (1, "actual")


@pytest.mark.parametrize("actual", [1, True, None])
def test_a_classifiers_label_must_be_of_its_classes_type(churn_files, actual):
    with pytest.raises(InvalidRows, match="actual must be a text"):
        lines(churn_files, actual)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"actual": 1}, "Row 1 has no prediction_id"),
        ({"prediction_id": "p"}, "Row 1 has no actual"),
        ({"prediction_id": 3, "actual": 1}, "must be the text"),
        ({"prediction_id": "p", "actual": 1, "acutal": 2}, "Did you mean 'actual'"),
        ("p", "must be an object"),
    ],
)
def test_a_malformed_row_is_refused(row, message):
    with pytest.raises(InvalidRows, match=message):
        label_lines([row], "api", None, NOW)


@pytest.mark.parametrize("rows", [[], None, {}])
def test_no_rows_are_refused(rows):
    with pytest.raises(InvalidRows, match="at least one row"):
        label_lines(rows, "api", None, NOW)


def test_ids_nobody_knows_are_taken_and_counted(world, serve, demand_files):
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")
    world.add_endpoint("other", "demand")
    plane = serve()
    known = plane.predict("api", [{"기온": 1, "weather": "rain"}]).predictions[0]["prediction_id"]
    rows = [{"prediction_id": known, "actual": 3}, {"prediction_id": "made up", "actual": 4}]
    told = "1 row is for a prediction that this endpoint has not given."
    assert plane.feedback("API", rows) == FeedbackAnswer(2, 1, 0, (told,))
    plane.compact()
    restarted = serve()
    assert restarted.feedback("api", rows) == FeedbackAnswer(2, 1, 0, (told,))
    assert restarted.feedback("other", rows[:1]) == FeedbackAnswer(1, 1, 0, (told,))
    assert sorted(set(world.logged(restarted, "endpoint, actual", "labels"))) == [
        ("api", "3"),
        ("api", "4"),
        ("other", "3"),
    ]


def test_of_several_rows_for_one_prediction_the_last_one_counts():
    rows = [
        {"prediction_id": "p", "actual": 1},
        {"prediction_id": "q", "actual": 2},
        {"prediction_id": "p", "actual": 3},
    ]
    found = label_lines(rows, "api", None, NOW)
    assert {line["prediction_id"]: line["actual"] for line in found} == {"p": 3, "q": 2}
    assert len(found) == 2


def test_a_label_of_a_class_that_the_model_does_not_know_is_taken_and_warned_of(world, serve, churn_files):
    world.add_version("churn", churn_files)
    world.add_endpoint("api", "churn")
    plane = serve()
    row = {"months": 3, "member": True, "joined": "2024-01-01", "seen": "2026-01-01T00:00:00Z"}
    ids = [each["prediction_id"] for each in plane.predict("api", [row] * 4).predictions]
    labels = ["yes", "아마도", "아마도", "YES"]
    taken = plane.feedback("api", [{"prediction_id": i, "actual": a} for i, a in zip(ids, labels, strict=True)])
    assert (taken.accepted, taken.unknown, taken.unknown_labels) == (4, 0, 3)
    assert taken.warnings[0].startswith(
        "'아마도', 'YES': no class that version 1 of churn knows; it knows 'no', 'yes'."
    )
    assert len(world.logged(plane, "actual", "labels")) == 4


def test_numbers_are_classes_whatever_they_are_written_as():
    from types import SimpleNamespace

    from penstock.learn.schema import Task

    manifest = SimpleNamespace(task=Task.CLASSIFICATION, classes=[0, 1])
    lines = [{"actual": value} for value in (0, 1.0, 2, 2.5, 2)]
    assert unknown_labels(lines, manifest) == {2: 2, 2.5: 1}
