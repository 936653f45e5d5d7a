"""The comparison on texts: a toy set goes all the way, and without data nothing is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import text_classification


def test_texts_are_judged_by_those_that_nobody_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy").mkdir()
    lines = [f"number {row} is {['even', 'odd'][row % 2]}\t{'yn'[row % 2]}" for row in range(120)]
    (tmp_path / "toy" / "toy.txt").write_text("text\tlabel\n" + "\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("PENSTOCK_SHARED_DATA", str(tmp_path))
    monkeypatch.setattr(text_classification, "SETS", {"toy": "SELECT * FROM read_csv('{data}/toy/toy.txt')"})
    monkeypatch.setattr(text_classification, "BUDGET", 10)
    errors, time = text_classification.claims(tmp_path, 1.0)
    assert errors.what.startswith("toy: errors")
    assert "accuracy 1.0000" in errors.note
    assert time.values[0] <= 13


def test_without_data_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENSTOCK_SHARED_DATA", str(tmp_path / "none"))
    assert list(text_classification.claims(tmp_path, 1.0)) == []
    assert "not measured" in capsys.readouterr().out
