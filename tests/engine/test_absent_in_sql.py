"""What BigQuery ML has and is not here: refused by its name, with the reason and what comes nearest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName

if TYPE_CHECKING:
    from conftest import Work


@pytest.fixture
def work(open_work: Callable[..., Work]) -> Work:
    return open_work()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("SELECT OBJ.MAKE_REF('gs://a/b', 'us.c') AS r", "OBJ.MAKE_REF"),
        ("SELECT obj.fetch_metadata(r) AS m FROM (SELECT 1 AS r)", "OBJ.FETCH_METADATA"),
        ("SELECT 1 AS x WHERE OBJ.GET_ACCESS_URL('a', 'r') IS NULL", "OBJ.GET_ACCESS_URL"),
        ("SELECT * FROM (SELECT OBJ.GET_READ_URL('a') AS u) AS t", "OBJ.GET_READ_URL"),
    ],
)
def test_references_to_objects_are_refused_by_name(work: Work, query: str, name: str) -> None:
    with pytest.raises(UnknownName, match=f"{name} is not offered") as caught:
        work.sql(query, "bigquery")
    (finding,) = caught.value.diagnostics
    assert "read_blob" in (finding.hint or "")
    assert finding.span is not None


def test_a_column_named_obj_is_a_column(work: Work) -> None:
    assert work.rows("SELECT obj.upper() FROM (SELECT 'x' AS obj)") == [("X",)]
