from __future__ import annotations

import pytest

from penstock.core.errors import StorageFailure
from penstock.server.shared_metrics import SharedMetrics, process_of, summed

COUNTS = """\
# HELP asked_total Requests.
# TYPE asked_total counter
asked_total{endpoint="a b"} 3
# HELP taken Seconds.
# TYPE taken histogram
taken_bucket{le="1"} 2
taken_bucket{le="+Inf"} 3
taken_sum 0.500000
taken_count 3
# HELP ready Whether.
# TYPE ready gauge
ready 1
"""


def test_counters_and_histograms_are_summed_and_a_gauge_is_the_first_ones():
    other = COUNTS.replace("ready 1", "ready 0").replace('"a b"', '"b"').replace("0.500000", "0.250000")
    found = summed([COUNTS, other])
    assert found.splitlines() == [
        "# HELP asked_total Requests.",
        "# TYPE asked_total counter",
        'asked_total{endpoint="a b"} 3',
        'asked_total{endpoint="b"} 3',
        "# HELP taken Seconds.",
        "# TYPE taken histogram",
        'taken_bucket{le="1"} 4',
        'taken_bucket{le="+Inf"} 6',
        "taken_sum 0.750000",
        "taken_count 6",
        "# HELP ready Whether.",
        "# TYPE ready gauge",
        "ready 1",
    ]


def test_one_text_is_left_as_it_is():
    assert summed([COUNTS]) == COUNTS
    assert summed([COUNTS, ""]) == COUNTS


def test_whoever_is_asked_adds_up_what_the_others_wrote(tmp_path):
    first, second = SharedMetrics(tmp_path, "1"), SharedMetrics(tmp_path, "2")
    second.write(COUNTS)
    assert 'asked_total{endpoint="a b"} 6' in first.whole(COUNTS)
    first.write(COUNTS)
    assert 'asked_total{endpoint="a b"} 6' in first.whole(COUNTS), "Its own file is not counted twice."


def test_who_takes_the_place_of_another_goes_on_from_its_counts(tmp_path):
    SharedMetrics(tmp_path, "1").write(COUNTS)
    again = SharedMetrics(tmp_path, "1")
    again.write(COUNTS)
    again.write(COUNTS)
    assert 'asked_total{endpoint="a b"} 6' in again.whole(COUNTS)
    assert 'asked_total{endpoint="a b"} 9' in SharedMetrics(tmp_path, "2").whole(COUNTS)


def test_the_file_names_the_process(tmp_path):
    import os

    assert process_of(tmp_path, "1") is None
    SharedMetrics(tmp_path, "1").write(COUNTS)
    assert process_of(tmp_path, "1") == os.getpid()


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(StorageFailure):
        SharedMetrics(tmp_path / "gone", "1").write(COUNTS)
