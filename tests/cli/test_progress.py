"""What a run tells while it works: a line a step, marks, notices; nothing that a text could break."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penstock.cli.progress import ProgressListener
from penstock.core.events import Noticed, StepFinished, StepProgressed, StepStarted

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _finished(resource: str, summary: str, seconds: float = 0.0, status: str = "done") -> StepFinished:
    return StepFinished("r", resource, "build", status, seconds, summary)


def _told(capsys: pytest.CaptureFixture[str], *events: object) -> str:
    with ProgressListener() as listener:
        for event in events:
            listener(event)  # type: ignore[arg-type]
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_step_is_one_line_with_its_mark_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(
        capsys,
        StepStarted("r", "table 시간", "build", 1, 2, NOW),
        StepProgressed("r", "table 시간", 5, 10, 1.0, "half"),
        _finished("table 시간", "10 rows", 1.26),
        _finished("model m", "no rows", 0.01, "failed"),
    )
    # The name takes as many cells as a Latin one of the same width.
    assert told.splitlines() == ["✓ table 시간" + " " * 22 + "10 rows  1.3 s", "✗ model m" + " " * 25 + "no rows"]


def test_only_the_first_line_of_a_long_story_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(capsys, _finished("table t", "1 row cannot be read:\na.csv:3", status="failed"))
    assert told.splitlines() == ["✗ table t" + " " * 25 + "1 row cannot be read"]


def test_a_step_that_gave_a_notice_has_no_tick(capsys: pytest.CaptureFixture[str]) -> None:
    begun = StepStarted("r", "assertion a", "check", 1, 1, NOW)
    noticed = Noticed("assertion a", "does not hold for 1 row of t: x > 0\n  {}")
    told = _told(
        capsys,
        begun,
        noticed,
        _finished("assertion a", "does not hold for 1 row"),
        begun,
        _finished("assertion a", "holds"),
    )
    assert [line[0] for line in told.splitlines()] == ["!", " ", "!", "✓"]


def test_brackets_are_text_and_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(capsys, Noticed("table [red]", "a [b] c"), _finished("table [bold]", "[/x]"))
    assert "! table [red]: a [b] c" in told
    assert "table [bold]" in told
    assert "[/x]" in told
