"""What is said of a project before it is run, where only the built tables know the columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError
from penstock.engine.workspace import checked_workspace

if TYPE_CHECKING:
    from tests.conftest import Work

OpenWork = Callable[..., "Work"]
MODEL = "CREATE MODEL m OPTIONS (model_type = 'linear_reg'{label}) AS SELECT * FROM good;"


def project(label: str) -> dict[str, str | bytes]:
    tables = "CREATE TABLE hours AS SELECT * FROM 'hours.csv'; CREATE VIEW good AS SELECT * FROM hours WHERE x > 0;"
    given = f", input_label_cols = ['{label}']" if label else ""
    return {"hours.csv": "x,cnt\n1,2\n2,4\n", "project.sql": f"{tables}\n{MODEL.format(label=given)}"}


def test_a_label_that_a_files_table_lacks_is_told_once_the_table_is_built(open_work: OpenWork) -> None:
    work = open_work(project("count"))
    checked_workspace(work.session)
    work.run("hours")
    with pytest.raises(UserError, match="input_label_cols of model m names 'count'") as caught:
        checked_workspace(work.session)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.hint) == ("PS018", "Did you mean 'cnt'?")
    assert finding.span is not None
    assert finding.span.line == 2


def test_a_label_that_is_not_named_is_asked_for_with_the_columns_of_the_file(open_work: OpenWork) -> None:
    work = open_work(project(""))
    work.run("hours")
    (warning,) = checked_workspace(work.session).warnings
    assert warning.code == "PS017"
    assert "one of: x, cnt" in str(warning)


def test_a_table_that_is_about_to_change_is_not_taken_at_its_old_columns(open_work: OpenWork) -> None:
    work = open_work(project("count"))
    work.run("hours")
    work.put("hours.csv", "x,count\n1,2\n2,4\n")
    checked_workspace(work.session)


def test_a_table_made_by_hand_is_known_by_its_columns(open_work: OpenWork) -> None:
    work = open_work({"project.sql": MODEL.format(label=", input_label_cols = ['count']")})
    work.sql("CREATE TABLE good AS SELECT 1 AS x, 2 AS cnt")
    with pytest.raises(UserError, match="names 'count'"):
        checked_workspace(work.session)


def test_a_cycle_over_files_is_still_told(open_work: OpenWork) -> None:
    work = open_work(project("count"))
    work.put("more.sql", "CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;")
    with pytest.raises(UserError, match="a") as caught:
        checked_workspace(work.session)
    assert "PS018" not in {finding.code for finding in caught.value.diagnostics}
