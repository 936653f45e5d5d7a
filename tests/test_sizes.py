"""The script that `make lint` runs says what is too large, and fails for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "sizes.py"


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True, check=False)


def _function(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n" * 601, "file of 601 lines (limit 600)"),
        (_function(81), "long: function of 81 lines (limit 80)"),
        (_function(81).replace("def", "async def"), "long: function of 81 lines (limit 80)"),
        ("class Wide:\n" + "    x = 1\n" * 250, "Wide: class of 251 lines (limit 250)"),
    ],
)
def test_what_exceeds_a_limit_fails(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "large.py").write_text(text)
    ended = _run(tmp_path)
    assert ended.returncode == 1
    assert words in ended.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [("x = 1\n" * 600, "file of 600 lines (aim 400)"), (_function(80), "function of 80 lines (aim 50)")],
)
def test_what_exceeds_an_aim_is_told_and_passes(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "largish.py").write_text(text)
    ended = _run(tmp_path)
    assert ended.returncode == 0
    assert words in ended.stdout


def test_small_code_is_not_mentioned(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(_function(50))
    ended = _run(tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_penstock_keeps_its_limits() -> None:
    ended = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
