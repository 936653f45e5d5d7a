"""The command line, called in this process or as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, its standard output, its standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def penstock(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Return a function that runs `penstock` with the given words in a folder, in this process."""

    def run(*words: str, folder: Path) -> Ended:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["penstock", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        captured = capfd.readouterr()
        assert isinstance(ending.value.code, int)
        return Ended(ending.value.code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def penstock_process() -> Callable[..., Ended]:
    """Return a function that runs `penstock` with the given words in a folder, as a process of its own."""

    def run(*words: str, folder: Path, stdin: str = "", **environment: str) -> Ended:
        known = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
        ended = subprocess.run(
            [sys.executable, "-m", "penstock", *words],
            cwd=folder,
            env={**known, **environment},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, penstock_process: Callable[..., Ended]) -> Path:
    """Return the folder of a project that `init` made and `run` built; tests leave its objects as they are."""
    folder = tmp_path_factory.mktemp("cli")
    made = penstock_process("init", "shop", folder=folder)
    assert made.code == 0, made.err
    built = penstock_process("run", folder=folder / "shop")
    assert built.code == 0, built.err
    return folder / "shop"
