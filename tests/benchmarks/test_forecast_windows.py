"""The comparison of forecasts: sets are whole, and a toy set goes all the way."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from benchmarks import forecast_windows

SET = """
rows = "SELECT 'a' AS series, DATE '2015-01-01' + to_months(i) AS moment, 10 + i % 12 AS value FROM range(60) AS t (i)"
horizon = 6
windows = 2
note = "a year that repeats itself"
"""


@pytest.mark.parametrize("path", sorted(forecast_windows.HERE.glob("*.toml")), ids=lambda path: path.stem)
def test_a_set_says_all_that_is_needed(path: Path) -> None:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(said) == {"rows", "horizon", "windows", "note"}
    assert all(name in said["rows"] for name in ("series", "moment", "value", "{data}"))
    assert min(said["horizon"], said["windows"]) >= 1


def test_each_window_of_a_set_is_forecast_by_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = tmp_path / "sets"
    sets.mkdir()
    (sets / "toy.toml").write_text(SET, encoding="utf-8")
    monkeypatch.setenv("PENSTOCK_FORECAST_SETS", str(sets))
    monkeypatch.setenv("PENSTOCK_SHARED_DATA", str(tmp_path))
    quality, longest, mean = forecast_windows.claims(tmp_path, 1.0)
    assert "in 2 windows" in quality.note
    assert quality.what.startswith("toy: ")
    assert mean.values == pytest.approx(quality.values)
    assert longest.ok


def test_without_data_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENSTOCK_SHARED_DATA", str(tmp_path / "none"))
    assert list(forecast_windows.claims(tmp_path, 1.0)) == []
    assert "not measured" in capsys.readouterr().out
