"""The checks that hold for every model type, and what is this one's own."""

from __future__ import annotations

import pytest
from penstock_additive.learner import AdditiveRegressor

from penstock.learn.registry import learner_of
from penstock.testing.learner_checks import learner_checks


@pytest.mark.parametrize("check", learner_checks(AdditiveRegressor()), ids=str)
def test_it_meets_every_demand_on_a_learner(check):
    check()


def test_it_is_registered():
    assert isinstance(learner_of("additive_regressor"), AdditiveRegressor)
