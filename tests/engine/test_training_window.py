"""A goal's window that leaves nothing to train on is refused in the user's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.connection import open_connection
from penstock.core.errors import UserError
from penstock.testing.project import write_project

SQL = """
CREATE TABLE days AS SELECT DATE '2026-01-01' + i::INT AS day, i AS x, 2 * i AS label FROM range(40) t(i);
CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT day, x, label FROM days;
CREATE GOAL g ON MODEL m OPTIONS (time_column = 'day', window = '60 days') ACCEPT WHEN r2_score > 0;
CREATE ENDPOINT e ON MODEL m;
"""


def test_a_window_over_all_rows_says_so_and_what_to_do(tmp_path: Path) -> None:
    with (
        open_connection(write_project(tmp_path, {"project.sql": SQL})) as connection,
        pytest.raises(UserError) as caught,
    ):
        connection.run()
    finding = caught.value.diagnostics[0]
    assert finding.message == "The window of model m's goal, 8 weeks 4 days, reaches over all rows there are."
    assert finding.span is not None and (finding.span.path, finding.span.line) == ("project.sql", 3)
    assert "shorten the window" in (finding.hint or "")
