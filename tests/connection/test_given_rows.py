"""Rows that a model cannot take are told in words about the rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import penstock
from penstock.connection import Connection

# The model here is of so few and such simple rows that it looks like a leak.
pytestmark = pytest.mark.filterwarnings("ignore::penstock.PenstockWarning")


@pytest.mark.parametrize("function", ["predict", "evaluate", "explain"])
@pytest.mark.parametrize("rows", [{"y": [1]}, {"키": ["a"], "label": [1.0]}])
def test_no_place_is_told_of_a_statement_that_the_caller_never_wrote(
    made: Connection, function: str, rows: dict[str, Any]
) -> None:
    with pytest.raises(penstock.UserError, match="키") as caught:
        getattr(made.model("m"), function)(rows)
    assert [found.span for found in caught.value.diagnostics] == [None]
    assert "sql:" not in str(caught.value)


@pytest.mark.parametrize("rows", [pd.DataFrame(), pa.table({}), [], {}])
def test_a_frame_without_columns_is_told(made: Connection, rows: Any) -> None:
    with pytest.raises(penstock.BadData, match="has no columns"):
        made.model("m").predict(rows)


def test_a_variable_without_columns_is_told_by_its_name(passing: Connection) -> None:
    empty = pd.DataFrame()
    with pytest.raises(penstock.BadData, match="The variable empty cannot be used: The DataFrame has no columns"):
        passing.sql("SELECT * FROM empty")
    assert empty.empty


def test_a_frame_without_rows_gives_no_rows(made: Connection) -> None:
    assert made.model("m").predict(pd.DataFrame({"키": pd.Series([], dtype="int64")})).rows() == []
