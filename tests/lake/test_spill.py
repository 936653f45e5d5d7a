from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from penstock.core.settings import Settings
from penstock.lake.database import open_lake
from penstock.lake.spill import new_spill_folder


def test_only_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = socket.gethostname()
    names = [f"{host}-{dead.pid}-a", f"{host}-{os.getpid()}-b", f"elsewhere-{dead.pid}-c", "other"]
    for name in names:
        (tmp_path / name).mkdir()
    fresh = new_spill_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
    assert not fresh.exists()
    assert new_spill_folder(tmp_path) != fresh


def test_what_does_not_fit_into_memory_goes_to_a_folder_that_goes_away(settings: Settings) -> None:
    from dataclasses import replace

    lake = open_lake(replace(settings, memory_limit="60MB", threads=1))
    connection = lake.connection()
    (found,) = connection.rows(
        "SELECT count(*) FROM "
        "(SELECT range, md5(range::VARCHAR) AS text FROM range(1500000) ORDER BY text LIMIT 1499989) WHERE range >= 0"
    )
    assert found == (1_499_989,)
    lake.close()
    assert not list((settings.state / "spill").glob("*/*"))
