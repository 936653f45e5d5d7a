"""What a crash, a full disk and a second process leave behind, tried with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from penstock.core.settings import Settings
from penstock.lake.database import open_lake
from penstock.lake.tables import append_table, replace_table, row_count

OPEN = """
import sys
from pathlib import Path
from penstock.core.settings import Settings
from penstock.lake.database import atomically, open_lake
from penstock.lake.tables import append_table, replace_table
lake = open_lake(Settings(root=Path(sys.argv[1]), name="test"))
connection = lake.connection()
"""


def start(script: str, root: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OPEN + script, str(root), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_commit_at_once_all_succeed(settings: Settings) -> None:
    lake = open_lake(settings)
    replace_table(lake.connection(), "t", "SELECT 0 AS process, 0 AS step LIMIT 0")
    script = """
for step in range(8):
    append_table(connection, "t", f"SELECT {sys.argv[2]} AS process, {step} AS step")
"""
    writers = [start(script, settings.root, str(number)) for number in range(3)]
    for writer in writers:
        _, problems = writer.communicate(timeout=120)
        assert writer.returncode == 0, problems
    connection = lake.connection()
    assert connection.rows("SELECT count(*), count(DISTINCT (process, step)) FROM t") == [(24, 24)]
    lake.close()


@pytest.mark.parametrize("moment", [0.0, 0.15, 0.4])
def test_a_killed_build_leaves_the_old_rows(settings: Settings, moment: float) -> None:
    lake = open_lake(settings)
    replace_table(lake.connection(), "t", "SELECT 1 AS a")
    lake.close()
    script = """
print("ready", flush=True)
replace_table(connection, "t", "SELECT range AS a, md5(range::VARCHAR) AS b FROM range(100000000)")
"""
    writer = start(script, settings.root)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    time.sleep(moment)
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    again = open_lake(settings)
    connection = again.connection()
    assert connection.rows("FROM t") == [(1,)]
    assert append_table(connection, "t", "SELECT 2 AS a") == 1
    assert row_count(connection, "t") == 2
    again.close()


def test_a_full_disk_is_a_storage_failure_and_leaves_the_old_rows(settings: Settings) -> None:
    lake = open_lake(settings)
    replace_table(lake.connection(), "t", "SELECT 1 AS a")
    lake.close()
    script = """
import resource, signal
from penstock.core.errors import StorageFailure
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    replace_table(connection, "t", "SELECT range AS a, md5(range::VARCHAR) AS b FROM range(1000000)")
except StorageFailure as failure:
    print(failure)
print(connection.rows("FROM t"))
"""
    writer = start(script, settings.root)
    told, problems = writer.communicate(timeout=120)
    assert writer.returncode == 0, problems
    assert "File too large" in told
    assert told.endswith("[(1,)]\n")
    again = open_lake(settings)
    assert again.connection().rows("FROM t") == [(1,)]
    again.close()


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_whole(settings: Settings) -> None:
    lake = open_lake(settings)
    writer, reader = lake.connection(), lake.connection()
    replace_table(writer, "t", "SELECT 1 AS a")
    with writer.transaction():
        replace_table(writer, "t", "SELECT range AS a FROM range(1000)")
        assert reader.rows("FROM t") == [(1,)]
        with reader.transaction():
            assert row_count(reader, "t") == 1
    assert row_count(reader, "t") == 1000
    lake.close()
