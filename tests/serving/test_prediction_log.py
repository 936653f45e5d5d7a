from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time

import orjson
import pytest

from penstock.core.errors import StorageFailure
from penstock.serving.prediction_log import LABELS, PREDICTIONS, PredictionLog
from penstock.serving.segment import Segment, claim


@pytest.fixture
def log(tmp_path):
    opened = PredictionLog(tmp_path / "log")
    yield opened
    opened.close()


def lines_in(folder):
    return [orjson.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_bytes().splitlines()]


def test_lines_are_in_the_file_when_append_returns(log):
    log.append(PREDICTIONS, [{"n": 1, "글": "줄\nbreak"}, {"n": 2}])
    log.append(LABELS, [{"n": 3}])
    assert lines_in(log.folder) == [{"n": 3}, {"n": 1, "글": "줄\nbreak"}, {"n": 2}]


def test_nothing_is_made_before_the_first_line(log):
    assert not log.folder.exists()
    log.rotate()
    assert not log.folder.exists()


def test_an_open_segment_cannot_be_claimed_and_a_closed_one_can(log):
    log.append(PREDICTIONS, [{"n": 1}])
    (path,) = log.folder.glob("*.jsonl")
    assert claim(path) is None
    log.rotate()
    held = claim(path)
    assert held is not None
    assert claim(path) is None
    held.release()


def test_after_rotating_lines_go_into_a_new_segment(log):
    log.append(PREDICTIONS, [{"n": 1}])
    log.rotate()
    log.append(PREDICTIONS, [{"n": 2}])
    assert len(list(log.folder.glob("*.jsonl"))) == 2


def test_threads_never_mix_their_lines(log):
    def write(number):
        for index in range(50):
            log.append(PREDICTIONS, [{"thread": number, "index": index, "fill": "x" * 3000}] * 2)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        log.rotate()
        log.sync()
    for thread in threads:
        thread.join()
    assert len(lines_in(log.folder)) == 600


def test_the_lag_counts_what_waits(log):
    assert log.lag(0.0).segments == 0
    log.append(PREDICTIONS, [{"n": 1}])
    lag = log.lag(time.time() + 60)
    assert (lag.segments, lag.bytes) == (1, 8)
    assert 59 < lag.oldest_seconds < 70


def test_a_killed_process_loses_no_line_and_frees_its_segment(tmp_path):
    script = f"""
    import os, signal
    from pathlib import Path
    from penstock.serving.prediction_log import PREDICTIONS, PredictionLog
    log = PredictionLog(Path({str(tmp_path)!r}))
    for number in range(100):
        log.append(PREDICTIONS, [{{"n": number}}])
    os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert [line["n"] for line in lines_in(tmp_path)] == list(range(100))
    (path,) = tmp_path.glob("*.jsonl")
    held = claim(path)
    assert held is not None
    assert held.cut_torn_line() is False
    held.release()


def test_a_full_disk_fails_the_append_and_leaves_no_torn_line(tmp_path):
    script = f"""
    import resource, signal
    from pathlib import Path
    from penstock.core.errors import StorageFailure
    from penstock.serving.prediction_log import PREDICTIONS, PredictionLog
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    log = PredictionLog(Path({str(tmp_path)!r}))
    written = 0
    try:
        while True:
            log.append(PREDICTIONS, [{{"n": written, "fill": "x" * 100}}])
            written += 1
    except StorageFailure as failure:
        print(written, failure)
    """
    out = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert "room on the disk" in out
    assert [line["n"] for line in lines_in(tmp_path)] == list(range(int(out.split()[0])))
    assert len(lines_in(tmp_path)) == 8


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailure, match="cannot be written"):
        PredictionLog(tmp_path / "file" / "log").append(PREDICTIONS, [{}])


@pytest.mark.parametrize(
    ("content", "kept", "torn"),
    [
        (b"", b"", False),
        (b'{"a":1}\n', b'{"a":1}\n', False),
        (b'{"a":1}\n{"b"', b'{"a":1}\n', True),
        (b'{"a"', b"", True),
        (b"x\n" + b"y" * 200_000, b"x\n", True),
    ],
)
def test_a_torn_last_line_is_cut_off(tmp_path, content, kept, torn):
    path = tmp_path / "predictions-1.jsonl"
    path.write_bytes(content)
    held = claim(path)
    assert held.cut_torn_line() is torn
    held.release()
    assert path.read_bytes() == kept


def test_a_segment_that_is_gone_cannot_be_claimed(tmp_path):
    assert claim(tmp_path / "none.jsonl") is None


def test_a_segment_syncs(tmp_path):
    segment = Segment(tmp_path, PREDICTIONS)
    segment.write(b"x\n")
    segment.sync()
    segment.close()
    assert segment.path.stat().st_size == segment.size == 2
