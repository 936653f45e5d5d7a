from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.objects import ObjectState
from penstock.core.names import Kind, ResourceName
from penstock.serving.routing import RoutePlan, Share, chosen, route_plan


def plan(aliases, **state):
    name = ResourceName(Kind.ENDPOINT, "Api")
    return route_plan(ObjectState(name, "", "", None, {"model": "m", **state}, datetime.now(UTC)), aliases)


def test_the_champion_answers_by_default():
    assert plan({"champion": 3, "candidate": 4}) == RoutePlan("Api", "m", (Share("champion", 3, 1.0),), None, True)


def test_without_a_version_there_is_no_route():
    assert plan({}) is None
    assert plan({"candidate": 4}) is None
    assert plan({"candidate": 4}, traffic={"champion": 100}) is None


def test_traffic_is_shared_by_weight():
    found = plan({"champion": 3, "candidate": 4}, traffic={"champion": 90, "Candidate": 10})
    assert found.shares == (Share("champion", 3, 0.9), Share("candidate", 4, 1.0))
    assert found.numbers == {3, 4}


def test_a_share_without_a_version_goes_to_the_others():
    assert plan({"champion": 3}, traffic={"champion": 90, "candidate": 10}).shares == (Share("champion", 3, 1.0),)


def test_a_share_of_nothing_loads_nothing():
    assert plan({"champion": 3, "candidate": 4}, traffic={"champion": 100, "candidate": 0}).numbers == {3}


def test_a_version_can_be_named_by_its_number():
    found = plan({"champion": 3}, traffic={"champion": 50, "2": 50}, shadow="1")
    assert [share.number for share in found.shares] == [3, 2]
    assert (found.shadow, found.numbers) == (1, {1, 2, 3})


def test_shadow_and_log_come_from_the_state():
    found = plan({"champion": 3, "candidate": 4}, shadow="candidate", log=False)
    assert (found.shadow, found.log) == (4, False)
    assert plan({"champion": 3}, shadow="candidate").shadow is None


WEIGHTS = st.dictionaries(st.integers(1, 9).map(str), st.floats(0.1, 1000), min_size=1, max_size=5)


@given(WEIGHTS, st.text())
def test_every_request_falls_into_one_share_and_always_the_same(weights, request_id):
    shares = plan({}, traffic=weights).shares
    assert chosen(shares, "e", request_id) is chosen(shares, "e", request_id)
    assert [share.upper for share in shares] == sorted(share.upper for share in shares)
    assert shares[-1].upper == pytest.approx(1)


def test_requests_are_shared_out_in_proportion_and_differently_by_endpoint():
    shares = plan({"champion": 1, "candidate": 2}, traffic={"champion": 90, "candidate": 10}).shares
    first = [chosen(shares, "a", f"r{n}").variant == "candidate" for n in range(20_000)]
    second = [chosen(shares, "b", f"r{n}").variant == "candidate" for n in range(20_000)]
    assert sum(first) == pytest.approx(2000, abs=200)
    both = sum(x and y for x, y in zip(first, second, strict=True))
    assert both == pytest.approx(200, abs=70)
