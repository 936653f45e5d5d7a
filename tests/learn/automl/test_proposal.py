"""What is proposed after a search's own list: what is expected to be best for what it costs."""

from __future__ import annotations

import math
from itertools import islice

from penstock.learn.automl.candidate import CATBOOST, PORTFOLIO, TREES, drawn
from penstock.learn.automl.proposal import Outcome, proposed


def outcomes_by(gain, size=lambda _: 1000, count=20, family=TREES):
    """Return the outcomes of draws of one family."""
    some = islice((draw for draw in drawn(5) if draw.family == family), count)
    return [Outcome(each, gain(each), size(each)) for each in some]


def test_of_nothing_the_first_draw_is_proposed():
    assert list(islice(proposed(3, list), 1)) == list(islice(drawn(3), 1))


def test_what_lies_near_the_best_is_proposed():
    def by_leaves(candidate):
        return -abs(math.log(candidate.values["num_leaves"] / 12))

    seen = outcomes_by(by_leaves)
    found = list(islice(proposed(1, lambda: seen), 8))
    assert all(5 <= each.values["num_leaves"] <= 30 for each in found)


def test_of_alike_the_cheaper_is_proposed():
    def bytes_of(candidate):
        return int(1000 * candidate.values["num_leaves"] ** 2)

    seen = outcomes_by(lambda candidate: 0.1 * math.sin(1e4 * candidate.values["learning_rate"]), bytes_of)
    cheap = [each.values["num_leaves"] for each in islice(proposed(1, lambda: seen), 8) if each.family == TREES]
    usual = [each.values["num_leaves"] for each in islice(drawn(1), 192) if each.family == TREES]
    assert sum(cheap) / len(cheap) < 0.5 * sum(usual) / len(usual)


def test_what_was_given_up_counts_as_the_worst():
    def good(candidate):
        return None if candidate.values["extra_trees"] else 1.0 - candidate.values["learning_rate"]

    seen = outcomes_by(good)
    assert not any(each.values.get("extra_trees") for each in islice(proposed(2, lambda: seen), 6))


def test_the_same_outcomes_give_the_same_candidates():
    seen = outcomes_by(lambda candidate: candidate.values["feature_fraction"])
    assert list(islice(proposed(7, lambda: seen), 3)) == list(islice(proposed(7, lambda: seen), 3))


def test_the_portfolio_lies_among_the_draws():
    seen = [Outcome(each, 1.0 / (1 + place), 10) for place, each in enumerate(PORTFOLIO)]
    assert next(proposed(1, lambda: seen)).family in (TREES, CATBOOST)


def test_nothing_finite_is_no_error():
    seen = outcomes_by(lambda _: -math.inf)
    assert next(proposed(1, lambda: seen)) is not None
