"""A catalog that is held, a disk that is full, an artifact that was changed: said, and survived."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.database import open_catalog
from penstock.catalog.versions import get_version
from penstock.core.errors import Busy, CorruptArtifact, StorageFailure
from penstock.serving.data_plane import NotReady, open_data_plane

if TYPE_CHECKING:
    from conftest import Work

Project = Callable[..., "Work"]
MODEL = """CREATE MODEL demand
OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['y'], max_iterations = 5) AS
SELECT x, city, y FROM hours;
CREATE ENDPOINT demands ON MODEL demand;
"""


def test_a_locked_catalog_says_so_and_nothing_is_half_done(project: Project) -> None:
    work = project("")
    with closing(sqlite3.connect(work.session.settings.state / "catalog.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with open_catalog(work.session.settings.catalog_url, wait_seconds=0.3) as impatient:
            patient, work.session.catalog = work.session.catalog, impatient
            with pytest.raises(Busy) as caught:
                work.run()
            work.session.catalog = patient
        other.execute("ROLLBACK")
    assert "catalog" in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].hint
    assert work.run() == {"hours": "200 rows"}


def run_with_files_of_at_most(size: int, work: Work) -> subprocess.CompletedProcess[str]:
    """Run the project in a process that cannot write a larger file, as on a disk that fills up."""
    return subprocess.run(
        [sys.executable, "-m", "penstock", "-C", str(work.root), "run"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_disk_that_fills_up_while_a_table_is_built_is_said_and_survived(project: Project) -> None:
    rows = "\n".join(f"{n},{n * 7919 % 104_729 / 7},S{n * 31 % 9973},{n}" for n in range(100_000))
    work = project("", f"id,x,city,y\n{rows}\n")
    ended = run_with_files_of_at_most(500_000, work)
    assert ended.returncode == StorageFailure.exit_code
    assert "error storage: " in ended.stderr
    assert "File too large" in ended.stderr
    assert "Free some space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert work.rows("SHOW TABLES") == []
    assert work.run() == {"hours": "100,000 rows"}


def test_a_disk_that_fills_up_while_an_artifact_is_written_leaves_no_version(project: Project) -> None:
    rows = "\n".join(f"{n},{n * 7919 % 104_729},S,{n * 31 % 9973}" for n in range(5_000))
    large = MODEL.replace("= 5", "= 300, max_tree_depth = 10, early_stop = FALSE")
    work = project(large, f"id,x,city,y\n{rows}\n")
    work.run("hours")
    ended = run_with_files_of_at_most(600_000, work)
    assert ended.returncode == StorageFailure.exit_code, ended.stderr
    assert "cannot be written: File too large" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert work.rows("SHOW VERSIONS") == []
    assert work.session.storage.list() == []
    assert work.run()["demand"].startswith("version 1,")


@pytest.mark.parametrize("file", ["model.onnx", "manifest.json", "profile.json"])
def test_an_artifact_that_was_changed_is_refused(project: Project, file: str) -> None:
    work = project(MODEL)
    work.run()
    folder = get_version(work.session.catalog, "demand").artifact
    files = work.session.storage.read(folder)
    changed = bytearray(files[file])
    changed[len(changed) // 2] ^= 1
    work.session.storage.write(folder, {**files, file: bytes(changed)})
    work.session.models._loaded.clear()
    with pytest.raises(CorruptArtifact) as caught:
        work.rows("SELECT * FROM ML.PREDICT(MODEL demand, TABLE hours)")
    assert caught.value.diagnostics[0].message.startswith("Version 1 of model demand cannot be used: ")
    assert caught.value.diagnostics[0].hint


def test_an_artifact_that_was_changed_is_not_served(project: Project) -> None:
    work = project(MODEL)
    work.run()
    session = work.session
    folder = get_version(session.catalog, "demand").artifact
    files = session.storage.read(folder)
    session.storage.write(folder, {**files, "model.onnx": files["model.onnx"][:-9]})
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    (problem,) = plane.ready()
    assert "Version 1 of model demand cannot be used: The artifact's bytes are not the ones" in problem
    with pytest.raises(NotReady, match="Endpoint 'demands' cannot answer yet"):
        plane.predict("demands", [{"x": 1, "city": "S"}])
    plane.close()


def test_an_artifact_that_is_gone_is_said(project: Project) -> None:
    work = project(MODEL)
    work.run()
    work.session.storage.delete(get_version(work.session.catalog, "demand").artifact)
    work.session.models._loaded.clear()
    with pytest.raises(StorageFailure, match="cannot be read"):
        work.rows("SELECT * FROM ML.PREDICT(MODEL demand, TABLE hours)")


@pytest.mark.parametrize("fault", ["truncated", "gone"])
def test_a_file_of_the_lake_that_is_damaged_is_said_and_a_full_refresh_mends_it(project: Project, fault: str) -> None:
    work = project("CREATE TABLE few OPTIONS (time_column = 'id') AS SELECT * FROM 'data/hours.csv';")
    work.run()
    (file,) = (work.session.settings.state / "data" / "lake" / "main" / "few").glob("*.parquet")
    if fault == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(StorageFailure, match="A file of the lake cannot be read") as caught:
        work.rows("SELECT sum(x) FROM few")
    assert str(file) in caught.value.diagnostics[0].message
    assert "penstock run --full-refresh" in (caught.value.diagnostics[0].hint or "")
    work.run(full_refresh=True)
    assert work.rows("SELECT count(*), sum(x) > 0 FROM few") == [(200, True)]
