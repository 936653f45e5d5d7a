"""Who answers a request: the key that it stays with, and what the caller asks for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from penstock.core.errors import UnknownName
from penstock.serving.assignment import UnknownVariant, Wish, column_of, key_text
from penstock.serving.row import InvalidRows

ROW = {"기온": 10.0, "weather": "맑음"}
SPLIT = {"champion": 50, "candidate": 50}


@pytest.fixture
def plane(world, serve, demand_files, steeper_files):
    """Two versions, each with half of the traffic of an endpoint that is sticky by a column, and of one by a key."""
    world.add_version("demand", demand_files)
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("by_weather", "demand", traffic=SPLIT, sticky_by="Weather")
    world.add_endpoint("by_user", "demand", traffic=SPLIT, sticky_by="user_id")
    world.add_endpoint("beside", "demand", shadow="candidate")
    return serve()


def variant(plane, endpoint, row, request_id=None, **wish):
    return plane.predict(endpoint, [row], request_id, wish=Wish(**wish)).variant


def test_a_value_always_meets_the_same_version_and_values_are_shared_out(plane):
    met = {}
    for weather in [f"w{number % 40}" for number in range(200)]:
        met.setdefault(weather, set()).add(variant(plane, "by_weather", {"기온": 1, "weather": weather}))
    assert all(len(variants) == 1 for variants in met.values())
    assert {next(iter(variants)) for variants in met.values()} == {"champion", "candidate"}


def test_rows_without_a_value_are_shared_out_by_their_request(plane):
    row = {"기온": 1, "weather": None}
    assert {variant(plane, "by_weather", row, f"r{n}") for n in range(40)} == {"champion", "candidate"}


def test_a_key_beside_the_rows_chooses_whatever_stands_in_them(plane):
    for n in range(20):
        key = f"손님 {n}"
        rows = [{"기온": 1, "weather": "rain"}, {"기온": 2, "weather": "snow"}]
        one = plane.predict("by_user", rows, wish=Wish(key=key))
        other = plane.predict("by_weather", rows, wish=Wish(key=key))
        again = plane.predict("by_user", rows[:1], wish=Wish(key=key))
        assert (one.variant, one.key) == (again.variant, key)
        assert other.key == key


def test_a_column_that_the_model_does_not_take_must_be_brought(plane):
    with pytest.raises(InvalidRows, match="sticky by 'user_id', which is no column of the model") as caught:
        plane.predict("by_user", [ROW])
    assert 'as "key"' in str(caught.value)


def test_rows_of_different_keys_are_refused(plane):
    rows = [{"기온": 1, "weather": "rain"}, {"기온": 1, "weather": "rain"}, {"기온": 1, "weather": "snow"}]
    with pytest.raises(InvalidRows, match="Row 3 has another 'Weather' than row 1") as caught:
        plane.predict("by_weather", rows)
    assert (caught.value.diagnostics[0].row, caught.value.diagnostics[0].column) == (3, "Weather")
    assert plane.predict("by_weather", rows[:2]).key == "rain"


def test_what_is_wrong_with_the_rows_is_told_as_ever(plane):
    for rows in ([], [3], [{"기온": 1}], "text"):
        with pytest.raises(InvalidRows) as caught:
            plane.predict("by_weather", rows)
        assert "sticky" not in str(caught.value)


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_a_value_that_is_no_key_is_refused(plane, value):
    with pytest.raises(InvalidRows, match="must be a text or a number"):
        plane.predict("by_weather", [{"기온": 1, "weather": value}])
    with pytest.raises(InvalidRows, match="The key must be a number, or a text"):
        plane.predict("by_user", [ROW], wish=Wish(key=value))


def test_a_key_has_a_bounded_length(plane):
    assert plane.predict("by_user", [ROW], wish=Wish(key="k" * 200)).key == "k" * 200
    with pytest.raises(InvalidRows, match="at most 200"):
        plane.predict("by_user", [ROW], wish=Wish(key="k" * 201))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("candidate", ("candidate", 2)),
        (" Candidate ", ("candidate", 2)),
        ("2", ("candidate", 2)),
        ("1", ("champion", 1)),
    ],
)
def test_a_test_says_who_is_to_answer(plane, asked, expected):
    for endpoint in ("by_weather", "by_user", "beside"):
        answer = plane.predict(endpoint, [ROW], wish=Wish(variant=asked))
        assert ((answer.variant, answer.version), answer.forced) == (expected, True)
    assert plane.predict("beside", [ROW]).forced is False


def test_a_variant_that_is_not_in_service_is_told_with_the_nearest(plane):
    with pytest.raises(UnknownVariant, match="has no variant 'candidat' in service") as caught:
        plane.predict("by_weather", [ROW], wish=Wish(variant="candidat"))
    assert "Did you mean 'candidate'?" in str(caught.value)
    with pytest.raises(UnknownVariant, match="'7'"):
        plane.predict("by_weather", [ROW], wish=Wish(variant="7"))
    with pytest.raises(UnknownName, match="no version 7"):
        plane.predict("by_weather", [ROW], wish=Wish(version=7))


def test_the_log_has_the_key_and_says_which_answers_were_asked_for(world, plane):
    plane.predict("by_weather", [ROW], "r1")
    plane.predict("by_user", [ROW], "r2", wish=Wish(key=7.0))
    plane.predict("beside", [ROW], "r3", wish=Wish(variant="candidate"))
    plane.predict("beside", [ROW], "r4")
    found = world.logged(plane, "request_id, key, forced")
    assert sorted(found) == [("r1", "맑음", False), ("r2", "7", False), ("r3", None, True), ("r4", None, False)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        (np.float64("nan"), None),
        ("", ""),
        ("7", "7"),
        (7, "7"),
        (7.0, "7"),
        (np.int32(7), "7"),
        (Decimal("7.00"), "7"),
        (7.5, "7.5"),
        (10**30, str(10**30)),
        (float("inf"), "inf"),
        (True, "true"),
        (dt.date(2026, 3, 31), "2026-03-31"),
    ],
)
def test_a_key_is_the_same_in_whatever_type_it_comes(value, text):
    assert key_text(value) == text


def test_a_column_is_found_without_regard_to_case_and_in_an_object():
    rows = [{"User": {"Id": 1}}, {"user_id": 2}, {"user": {"ID": 3}}]
    assert column_of(rows)("user_id") == [1, 2, 3]
    assert column_of([*rows, {"id": 4}])("user_id") is None
    assert column_of([{"user_id": None}])("USER_ID") == [None]
