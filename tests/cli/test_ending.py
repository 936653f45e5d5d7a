"""Every way to end has its exit code, and only rows go to standard output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock import __version__
from penstock.cli import sql_command

Penstock = Callable[..., Any]


@pytest.mark.parametrize(
    "module", ["numpy", "pyarrow", "sqlglot", "duckdb", "sqlalchemy", "rich", "importlib.metadata"]
)
def test_the_version_is_told_without_heavy_imports(tmp_path: Path, module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "penstock", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == f"penstock {__version__}\n"
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "typer" in imported
    assert module not in imported


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rum"], "Did you mean 'run'?"),
        (["plan", "--fulll-refresh"], "--full-refresh"),
        (["backtest"], "Missing argument 'ENDPOINT'"),
        (["sql", "SELECT 1", "--format", "xml"], "'table', 'json', 'csv'"),
        (["sql", "SELECT 1", "--dialect", "oracle"], "duckdb or bigquery"),
        (["serve", "--port", "many"], "--port"),
    ],
)
def test_wrong_usage_ends_with_2(penstock: Penstock, tmp_path: Path, words: list[str], message: str) -> None:
    ended = penstock(*words, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error usage: ")
    assert message in ended.err


def test_no_verb_shows_the_help_and_ends_with_2(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock(folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "backtest" in ended.err


def test_help_goes_to_standard_output_and_ends_with_0(penstock: Penstock, tmp_path: Path) -> None:
    ended = penstock("--help", folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "backtest" in ended.out


def test_a_finding_points_into_the_file(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text("")
    (tmp_path / "자료").mkdir()
    (tmp_path / "자료" / "표.sql").write_text("CREATE TABLE 표 AS SELECT 1 AS 값;\nCREATE ENDPOINT 끝 ON MODEL 모델;\n")
    ended = penstock("plan", folder=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert "자료/표.sql:2:28: error PS002: " in ended.err
    lines = ended.err.splitlines()
    marked = next(place for place, line in enumerate(lines) if line.strip().endswith("^"))
    # Each Korean letter is two cells wide, so the marks stand below it only when widths are counted.
    assert lines[marked - 1] == "  2 │ CREATE ENDPOINT 끝 ON MODEL 모델;"
    assert lines[marked] == "    │ " + " " * 28 + "^^^^"


def test_a_fault_of_our_own_ends_with_3_and_a_traceback(
    penstock: Penstock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: Path) -> str:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(sql_command, "_read", broken)
    ended = penstock("sql", "-f", "query.sql", folder=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert "ZeroDivisionError: boom" in ended.err
    assert "Please report it" in ended.err


def test_ctrl_c_in_a_run_ends_with_130_and_the_next_run_goes_on(penstock_process: Penstock, tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text("")
    quick = "CREATE TABLE quick AS SELECT 1 AS x;"
    slow = "SELECT sum(hash(a.range + b.range)::DOUBLE) AS s FROM range(10_000_000) a, range(10_000) b, quick"
    (tmp_path / "project.sql").write_text(f"{quick} CREATE TABLE slow AS {slow};")
    command = [sys.executable, "-m", "penstock", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("✓ table quick"):
            assert process.poll() is None
        time.sleep(0.5)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert time.monotonic() - begun < 60
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "Stopped. What was finished stays; run again to go on."
    assert "Traceback" not in err
    (tmp_path / "project.sql").write_text(f"{quick} CREATE TABLE slow AS SELECT * FROM quick;")
    again = penstock_process("run", folder=tmp_path)
    assert again.code == 0, again.err
    assert again.err.strip().endswith(": 1 done, 1 up to date.")


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    command = f"{sys.executable} -m penstock sql --format csv 'SELECT * FROM range(1000000)' | head -n 2"
    ended = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}} >&2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == '"range"\n0\n'
    assert ended.stderr == "141\n"


def test_colours_and_cuts_are_for_terminals_only(tmp_path: Path) -> None:
    query = "SELECT repeat('가', 100) AS text, 1 AS n"
    terminal = _in_terminal(["sql", query], tmp_path, columns=50)
    assert "\x1b[1m" in terminal
    plain = [line for line in terminal.replace("\x1b[0m", "").splitlines() if "가" in line]
    assert [line.rstrip()[-6:] for line in plain] == ["가…   1"] or "…" in plain[0]


def _in_terminal(words: list[str], folder: Path, *, columns: int) -> str:
    """Return what the command writes to a terminal of the given width."""
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", *words],
        cwd=folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**environment, "TERM": "xterm-256color"},
    )
    os.close(follower)
    written = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        written += chunk
    os.close(leader)
    assert process.wait(timeout=60) == 0
    return written.decode()
