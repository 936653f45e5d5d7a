"""What of an answer is in the log: a sample of the requests, without the columns that are not to be kept."""

from __future__ import annotations

import orjson
import pytest

from penstock.core.errors import UserError
from penstock.core.log_key import log_key
from penstock.serving.data_plane import NotReady, open_data_plane
from penstock.serving.log_policy import LogPolicy, hashed

ROW = {"기온": 10.0, "weather": "맑음"}
KEY = {"PENSTOCK_LOG_KEY": "sixteen or more bytes"}
SECRET = log_key(KEY)


@pytest.fixture
def demand(world, demand_files):
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")


def opened(world, environment):
    return open_data_plane(world.catalog, world.lake, world.storage, world.settings, world.clock, environment)


@pytest.mark.usefixtures("demand")
def test_a_sampled_request_is_whole_in_the_log_or_whole_out_and_the_answer_says_which(world, serve):
    world.add_endpoint("api", "demand", log_sample=0.3)
    plane = serve()
    answers = [plane.predict("api", [ROW] * 3, f"r{number}") for number in range(200)]
    told = {answer.request_id for answer in answers if answer.logged}
    assert 35 <= len(told) <= 85
    counted = world.logged(plane, "request_id, count(*) OVER (PARTITION BY request_id)")
    assert set(counted) == {(request_id, 3) for request_id in told}
    assert plane.skipped.counts == {("api", "unsampled"): 3 * (200 - len(told))}


@pytest.mark.usefixtures("demand")
def test_whether_a_request_is_logged_does_not_depend_on_the_variant_that_answers_it(world, serve, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", log_sample=0.5, traffic={"champion": 50, "candidate": 50})
    plane = serve()
    answers = [plane.predict("api", [ROW], f"r{number}") for number in range(400)]
    of_candidate = [answer.logged for answer in answers if answer.variant == "candidate"]
    assert 0.35 < sum(of_candidate) / len(of_candidate) < 0.65


@pytest.mark.usefixtures("demand")
def test_an_outcome_for_a_request_out_of_the_sample_is_of_no_known_prediction(world, serve):
    world.add_endpoint("api", "demand", log_sample=0.0)
    plane = serve()
    known = plane.predict("api", [ROW]).predictions[0]["prediction_id"]
    assert plane.feedback("api", [{"prediction_id": known, "actual": 1}]).unknown == 1


@pytest.mark.usefixtures("demand")
def test_a_shadow_is_logged_only_beside_its_answer(world, serve, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", shadow="candidate", log_sample=0.5)
    plane = serve()
    for number in range(40):
        plane.score_shadow(plane.predict("api", [ROW], f"r{number}"))
    logged = world.logged(plane, "request_id, count(DISTINCT variant) OVER (PARTITION BY request_id)")
    assert 5 < len({request_id for request_id, _ in logged}) < 35
    assert {variants for _, variants in logged} == {2}


@pytest.mark.usefixtures("demand")
def test_columns_are_left_out_and_hashed_whatever_the_case_of_their_names(world):
    world.add_endpoint("api", "demand", log_omit=["기온"], log_hash=["WEATHER"])
    plane = opened(world, KEY)
    answer = plane.predict("api", [ROW, {**ROW, "weather": None}])
    assert answer.predictions[0]["prediction"] == pytest.approx(20.0)
    found = [orjson.loads(inputs) for (inputs,) in world.logged(plane, "inputs")]
    plane.close()
    assert sorted(found, key=str) == sorted([{"weather": hashed("맑음", SECRET)}, {"weather": None}], key=str)


@pytest.mark.usefixtures("demand")
def test_an_endpoint_that_hashes_is_not_ready_without_a_key_and_logs_nothing_plain(world):
    plane = opened(world, {})
    plane.predict("api", [ROW])
    world.add_endpoint("api", "demand", log_hash=["weather"])
    plane.refresh()
    with pytest.raises(NotReady, match="PENSTOCK_LOG_KEY is not set"):
        plane.predict("api", [ROW])
    assert plane.ready() == plane.problems() != []
    assert len(world.logged(plane, "1")) == 1
    plane.close()


@pytest.mark.usefixtures("demand")
def test_the_key_that_a_request_stays_with_is_logged_no_plainer_than_its_column(world):
    world.add_endpoint("api", "demand", log_hash=["weather"], sticky_by="weather")
    plane = opened(world, KEY)
    plane.predict("api", [ROW])
    assert world.logged(plane, "key") == [(hashed("맑음", SECRET),)]
    world.add_endpoint("api", "demand", log_omit=["weather"], sticky_by="weather")
    plane.refresh()
    plane.predict("api", [ROW], "second")
    assert sorted(world.logged(plane, "key"), key=str)[-1] == (None,)
    plane.close()


def test_a_hash_is_the_same_for_the_same_value_only_and_another_under_another_key():
    other = log_key({"PENSTOCK_LOG_KEY": "another sixteen bytes"})
    values = [0, 1, -1, 0.5, True, False, "", "1", "한글", "true", [], [1], {"a": 1}, 2**62, 1e300]
    assert len({hashed(value, SECRET) for value in values}) == len(values)
    assert hashed(3, SECRET) == hashed(3.0, SECRET)
    assert hashed(None, SECRET) is None
    assert not {hashed(value, SECRET) for value in values} & {hashed(value, other) for value in values}
    assert all(str(hashed(value, SECRET)).startswith("#") for value in values)


def test_without_a_key_a_column_to_hash_is_left_out():
    policy = LogPolicy(hashed=frozenset({"a"}))
    assert policy.logged({"A": 1, "b": 2}, None) == {"b": 2}
    assert policy.logged_key("x", "a", None) is None
    assert policy.logged_key("x", "b", None) == "x"


@pytest.mark.parametrize("given", [{}, {"PENSTOCK_LOG_KEY": ""}, {"PENSTOCK_LOG_KEY": "short"}])
def test_a_key_that_is_missing_or_short_is_explained(given):
    with pytest.raises(UserError, match=r"PENSTOCK_LOG_KEY.*\n?.*openssl"):
        log_key(given)
