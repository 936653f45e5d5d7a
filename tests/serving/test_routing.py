from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.objects import ObjectState
from penstock.core.names import Kind, ResourceName
from penstock.serving.routing import Route, RoutePlan, Share, chosen, route_plan

UNITS = [f"고객 {n}" for n in range(4000)]


def plan(aliases, **state):
    name = ResourceName(Kind.ENDPOINT, "Api")
    return route_plan(ObjectState(name, "", "", None, {"model": "m", **state}, datetime.now(UTC)), aliases)


def parts(*shares: float) -> tuple[Share, ...]:
    total = sum(shares)
    return tuple(Share(f"v{n}", n, share / total) for n, share in enumerate(shares, 1) if share > 0)


def test_the_champion_answers_by_default():
    assert plan({"champion": 3, "candidate": 4}) == RoutePlan("Api", "m", (Share("champion", 3, 1.0),), None, True)


def test_without_a_version_there_is_no_route():
    assert plan({}) is None
    assert plan({"candidate": 4}) is None
    assert plan({"candidate": 4}, traffic={"champion": 100}) is None


def test_traffic_is_shared_by_weight():
    found = plan({"champion": 3, "candidate": 4}, traffic={"champion": 90, "Candidate": 10})
    assert found.shares == (Share("champion", 3, 0.9), Share("candidate", 4, 0.1))
    assert found.numbers == {3, 4}


def test_a_share_without_a_version_goes_to_the_others():
    assert plan({"champion": 3}, traffic={"champion": 90, "candidate": 10}).shares == (Share("champion", 3, 1.0),)


def test_a_candidate_that_had_all_the_traffic_leaves_it_to_the_champion():
    assert plan({"champion": 4}, traffic={"champion": 0, "candidate": 100}).shares == (Share("champion", 4, 1.0),)


def test_a_share_of_nothing_loads_nothing():
    assert plan({"champion": 3, "candidate": 4}, traffic={"champion": 100, "candidate": 0}).numbers == {3}


def test_a_version_can_be_named_by_its_number():
    found = plan({"champion": 3}, traffic={"champion": 50, "2": 50}, shadow="1")
    assert [share.number for share in found.shares] == [3, 2]
    assert (found.shadow, found.numbers) == (1, {1, 2, 3})


def test_shadow_key_and_log_come_from_the_state():
    found = plan({"champion": 3, "candidate": 4}, shadow="Candidate", shadow_share=20, log=False, sticky_by="user")
    assert (found.shadow, found.shadow_variant, found.shadow_part) == (4, "candidate", 0.2)
    assert (found.log, found.sticky_by) == (False, "user")
    assert plan({"champion": 3}, shadow="candidate").shadow is None


def test_a_request_may_ask_for_variants_the_shadow_and_their_numbers():
    found = plan({"champion": 3, "candidate": 4}, traffic={"champion": 90, "2": 10}, shadow="candidate")
    assert found.variants == {
        "champion": ("champion", 3),
        "2": ("2", 2),
        "candidate": ("candidate", 4),
        "3": ("champion", 3),
        "4": ("candidate", 4),
    }


WEIGHTS = st.lists(st.floats(0.1, 1000), min_size=1, max_size=5)


@given(WEIGHTS, st.text())
def test_every_request_falls_into_one_share_and_always_the_same(weights, unit):
    shares = parts(*weights)
    assert chosen(shares, "e", unit) is chosen(shares, "e", unit)
    assert chosen(tuple(reversed(shares)), "e", unit) is chosen(shares, "e", unit)


def test_half_of_a_surrogate_pair_is_a_unit_like_any_other():
    assert chosen(parts(1, 1), "e", "\ud800") in parts(1, 1)


def test_requests_are_shared_out_in_proportion_and_differently_by_endpoint():
    shares = plan({"champion": 1, "candidate": 2}, traffic={"champion": 90, "candidate": 10}).shares
    first = [chosen(shares, "a", f"r{n}").variant == "candidate" for n in range(20_000)]
    second = [chosen(shares, "b", f"r{n}").variant == "candidate" for n in range(20_000)]
    assert sum(first) == pytest.approx(2000, abs=200)
    both = sum(x and y for x, y in zip(first, second, strict=True))
    assert both == pytest.approx(200, abs=70)


@given(
    st.lists(st.integers(0, 10), min_size=1, max_size=3).filter(any),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
)
def test_a_changed_weight_moves_units_only_into_its_version_or_out_of_it_and_no_more(others, before, after):
    """The others keep their proportions: what one gains comes from all of them."""

    def with_first(part):
        rest = sum(others)
        return parts(part, *((1 - part) * other / rest for other in others))

    moved = 0
    for unit in UNITS[:1000]:
        here, there = (chosen(with_first(part), "e", unit).number for part in (before, after))
        if here != there:
            moved += 1
            assert (there if after > before else here) == 1
    # Five standard deviations of a share of a thousand.
    assert moved / 1000 == pytest.approx(abs(after - before), abs=0.08)


def test_a_version_keeps_its_units_under_another_name():
    """Once a candidate is named by its number, nobody meets another version."""
    named = plan({"champion": 3, "candidate": 4}, traffic={"champion": 70, "candidate": 30}).shares
    numbered = plan({"champion": 3, "candidate": 4}, traffic={"champion": 70, "4": 30}).shares
    assert all(chosen(named, "e", u).number == chosen(numbered, "e", u).number for u in UNITS)


def shadowed(found: RoutePlan, unit: str, answered: int) -> bool:
    # The models are not asked anything here.
    models = dict.fromkeys(found.numbers, "a version")
    return Route(found, models).shadow_for(unit, answered) is not None


def test_a_shadow_gets_its_share_of_the_requests_whatever_the_traffic():
    aliases = {"champion": 3, "candidate": 4}
    found = plan(aliases, traffic={"champion": 50, "2": 50}, shadow="candidate", shadow_share=20.0)
    scored = [shadowed(found, unit, 3) for unit in UNITS]
    assert sum(scored) / len(UNITS) == pytest.approx(0.2, abs=0.035)
    first = [chosen(found.shares, "Api", unit).number == 3 for unit in UNITS]
    both = sum(x and y for x, y in zip(scored, first, strict=True))
    assert both / len(UNITS) == pytest.approx(0.1, abs=0.03)
    assert all(shadowed(plan(aliases, shadow="candidate"), unit, 3) for unit in UNITS[:50])


def test_a_version_is_not_its_own_shadow_and_without_a_log_there_is_none():
    aliases = {"champion": 3, "candidate": 4}
    assert not shadowed(plan(aliases, shadow="candidate"), "r", 4)
    assert not shadowed(plan(aliases, shadow="candidate", log=False), "r", 3)
    assert not shadowed(plan(aliases), "r", 3)
