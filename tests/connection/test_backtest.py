"""A backtest from Python: its tables, its chart at a prompt, in a file and in a notebook."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib as mpl
import pyarrow as pa
import pytest

import penstock
from penstock.connection import Connection
from penstock.connection.backtest import Backtest
from penstock.engine.backtest import BacktestResult, Retraining

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = [START + timedelta(days=n) for n in range(4)]


@pytest.fixture(scope="module")
def replayed() -> Backtest:
    return Backtest(
        BacktestResult(
            endpoint="수요 <api>",
            metric="mean_absolute_error",
            lower_is_better=True,
            steps=pa.table(
                {
                    "at": pa.array(MOMENTS, pa.timestamp("us", "UTC")),
                    "rows": [10, 10, 0, 10],
                    "policy": [1.0, 2.0, None, 1.0],
                    "never": [1.0, 2.0, None, 4.0],
                    "always": [1.0, 1.0, None, 1.0],
                    "version": [1, 1, 1, 2],
                }
            ),
            overall={"policy": 4 / 3, "never": 7 / 3, "always": 1.0},
            trainings={"policy": 2, "never": 1, "always": 4},
            seconds={"policy": 0.123, "never": 0.1, "always": 0.4},
            retrainings=(Retraining(MOMENTS[2], "오류 > 1.5", True, "goal good reached", 0.0234),),
        )
    )


def test_its_tables_are_relations(replayed: Backtest) -> None:
    assert replayed.summary().rows()[0] == {
        "retraining": "policy",
        "mean_absolute_error": 4 / 3,
        "trainings": 2,
        "training_seconds": 0.12,
    }
    assert replayed.steps.columns == ["at", "rows", "policy", "never", "always", "version"]
    assert replayed.retrainings.rows() == [
        {"at": MOMENTS[2], "reason": "오류 > 1.5", "accepted": True, "verdict": "goal good reached", "seconds": 0.02}
    ]


def test_a_prompt_shows_the_chart_and_the_summary(replayed: Backtest) -> None:
    shown = repr(replayed)
    assert shown.startswith("mean_absolute_error\n")
    assert "● the policy" in shown
    assert "policy                  1.33333          2" in shown


def test_a_notebook_shows_the_picture_the_summary_and_the_retrainings(replayed: Backtest) -> None:
    backend = mpl.get_backend(auto_select=False)
    shown = replayed._repr_html_()
    assert mpl.get_backend(auto_select=False) == backend, "A notebook's own drawings stay as they are."
    assert "수요 &lt;api&gt; replayed" in shown
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert "오류 &gt; 1.5" in shown


def test_the_chart_is_written_as_its_ending_says(replayed: Backtest, tmp_path: Path) -> None:
    replayed.chart(tmp_path / "그림.png")
    assert (tmp_path / "그림.png").read_bytes().startswith(b"\x89PNG")
    replayed.chart(tmp_path / "chart.svg")
    assert "<svg" in (tmp_path / "chart.svg").read_text(encoding="utf-8")
    with pytest.raises(penstock.InvalidOption, match="is no picture by its name"):
        replayed.chart(tmp_path / "chart.doc")
    with pytest.raises(penstock.StorageFailure, match="cannot be written: No such file"):
        replayed.chart(tmp_path / "nowhere" / "chart.png")


def test_what_is_replayed_is_named_as_on_the_command_line(passing: Connection) -> None:
    """A project without a folder is replayed too: it is made of its statements."""
    passing.sql(
        "CREATE TABLE h AS SELECT TIMESTAMPTZ '2026-01-01' + to_hours(range::INT) AS hour, range % 24 AS x,"
        " (range % 24) * 2.0 + CASE WHEN range > 700 THEN 30 ELSE 0 END AS label FROM range(1000);"
        "CREATE MODEL d OPTIONS (model_type = 'linear_reg', data_split_method = 'NO_SPLIT') AS SELECT x, label FROM h;"
        "CREATE ENDPOINT e ON MODEL d"
    )
    found = passing.backtest("e", from_table="h", time_column="hour", step="7 days", label_delay="1 day")
    assert {row["retraining"] for row in found.summary().rows()} == {"policy", "never", "always"}
    assert found.retrainings.rows() == []
    assert "Retrainings" not in found._repr_html_()
    with pytest.raises(penstock.UserError, match="start must be a moment"):
        passing.backtest("e", from_table="h", time_column="hour", start="spring")
