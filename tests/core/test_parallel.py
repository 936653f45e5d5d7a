"""Work on several items: results in the order of the items, the first failure told."""

from __future__ import annotations

import os
import threading

import pytest

from penstock.core.parallel import each, processors


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


def test_a_process_uses_the_processors_that_it_may(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    assert processors(tmp_path) == 6


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"cpu.max": "250000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 6),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 6),
        ({"cpu.max": "9900000 100000\n"}, 6),
    ],
    ids=str,
)
def test_a_container_has_no_more_processors_than_its_quota(monkeypatch, tmp_path, files, count):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    for name, content in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert processors(tmp_path) == count
