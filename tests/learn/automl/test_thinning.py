"""Which models of an ensemble stand where all of them would be too large."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.automl.thinning import thinned

WEIGHTS = np.array([0.5, 0.2, 0.3, 0.0])


def test_where_there_is_room_every_fold_of_every_member_stands():
    assert thinned(WEIGHTS, [[10, 10], [10, 10], [10, 10], [99, 99]], 60) == ((0, 1), (0, 1), (0, 1), ())


def test_all_members_lose_folds_before_one_is_left_out():
    standing = thinned(WEIGHTS, [[10] * 5] * 4, 60)
    assert [len(folds) for folds in standing] == [2, 2, 2, 0]


def test_members_stand_in_different_folds():
    standing = thinned(np.array([0.6, 0.4]), [[10] * 4] * 2, 40)
    assert not set(standing[0]) & set(standing[1])


def test_the_heaviest_stand_where_there_is_room_for_no_more():
    assert thinned(WEIGHTS, [[10] * 3] * 4, 20) == ((0,), (), (1,), ())


def test_one_model_always_stands():
    assert thinned(WEIGHTS, [[10, 10]] * 4, 0) == ((0,), (), (), ())


@given(
    st.lists(
        st.tuples(st.floats(0.01, 1), st.lists(st.integers(1, 50), min_size=1, max_size=6)), min_size=1, max_size=5
    ),
    st.integers(0, 400),
)
def test_no_more_than_there_is_room_for_and_no_fold_twice(members, most):
    sizes = [folds for _, folds in members]
    standing = thinned(np.array([weight for weight, _ in members]), sizes, most)
    chosen = [(member, fold) for member, folds in enumerate(standing) for fold in folds]
    assert len(set(chosen)) == len(chosen) >= 1
    assert len(chosen) == 1 or sum(sizes[member][fold] for member, fold in chosen) <= most
    assert all(0 <= fold < len(sizes[member]) for member, fold in chosen)
    if most >= sum(map(sum, sizes)):
        assert len(chosen) == sum(map(len, sizes))
