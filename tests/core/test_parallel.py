"""Work on several items: results in the order of the items, the first failure told."""

from __future__ import annotations

import threading

import pytest

from penstock.core.parallel import each


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_items(threads):
    assert each(lambda item: item * item, range(50), threads) == [item * item for item in range(50)]
    assert each(str, [], threads) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_the_failure_of_the_first_item_is_raised(threads):
    with pytest.raises(ValueError, match="'a'"):
        each(int, ["1", "a", "b"], threads)


def test_several_threads_work_at_once():
    meeting = threading.Barrier(2, timeout=10)
    assert sorted(each(lambda _: meeting.wait(), range(2), 2)) == [0, 1]
