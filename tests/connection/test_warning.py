"""What stops nothing is told to a caller in Python by Python's warnings, at the caller's line."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import penstock
from penstock.connection.warning import WarningListener
from penstock.core.events import Noticed

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
LEAK = """
CREATE TABLE t AS SELECT range % 5 AS x, range % 7 AS label, range % 7 AS paid FROM range(200);
CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t;
"""


def test_a_leak_is_warned_of_at_the_callers_line() -> None:
    with penstock.connect() as passing, pytest.warns(penstock.PenstockWarning, match="^model m: .*paid") as told:
        passing.sql(LEAK)
    assert [Path(warning.filename) for warning in told] == [Path(__file__)]


def test_a_warning_that_is_an_error_comes_after_the_work(open_work: OpenWork) -> None:
    root = open_work({"p.sql": LEAK}).root
    with penstock.connect(root) as project:
        with pytest.raises(penstock.PenstockWarning, match="paid"):
            project.run()
        assert project.model("m").version == 1


def test_a_run_keeps_what_it_warned_of(open_work: OpenWork) -> None:
    root = open_work({"p.sql": LEAK}).root
    with penstock.connect(root) as project, pytest.warns(penstock.PenstockWarning) as told:
        run = project.run()
        again = project.run()
    assert run.warnings == tuple(str(warning.message) for warning in told)
    assert "paid" in repr(run)
    assert again.warnings == ()


def test_a_word_read_as_null_is_warned_of(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number}\n" for number in range(50))
    (tmp_path / "a.csv").write_text(f"x,y\n{rows}NA,3\n")
    with penstock.connect() as passing, pytest.warns(penstock.PenstockWarning, match="NA"):
        passing.sql(f"CREATE TABLE t AS SELECT * FROM '{tmp_path}/a.csv'")


def test_a_mistake_goes_before_a_warning_that_is_an_error() -> None:
    with penstock.connect() as passing, pytest.raises(penstock.UserError, match="nowhere"):
        passing.sql(LEAK + "SELECT * FROM nowhere")


def test_warnings_can_be_ignored() -> None:
    with penstock.connect() as passing, warnings.catch_warnings():
        warnings.simplefilter("ignore", penstock.PenstockWarning)
        passing.sql(LEAK)


def test_what_nobody_waits_for_is_written_down(capsys: pytest.CaptureFixture[str]) -> None:
    WarningListener()(Noticed("trigger r", "it fired"))
    assert capsys.readouterr().err == "! trigger r: it fired\n"


@pytest.mark.parametrize("read", ["arrow", "df", "batches"])
def test_what_is_noticed_while_rows_are_read_is_warned_of(capsys: pytest.CaptureFixture[str], read: str) -> None:
    query = "SELECT * FROM ML.VALIDATE_DATA_DRIFT((SELECT 1 AS x), (SELECT 1 AS x WHERE FALSE))"
    with penstock.connect() as passing, pytest.warns(penstock.PenstockWarning, match="can tell nothing") as told:
        list(getattr(passing.sql(query), read)())
    assert [Path(warning.filename) for warning in told] == [Path(__file__)]
    assert capsys.readouterr().err == ""
