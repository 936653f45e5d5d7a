"""Names that are longer than the file system's: a model's, of 1,024 characters at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError
from penstock.core.names import folder_name

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
MODEL = (
    "CREATE OR REPLACE MODEL \"{}\" OPTIONS (model_type = 'linear_reg') "
    "AS SELECT range AS x, range AS label FROM range(60)"
)


@pytest.mark.parametrize("name", ["모" * 90, "m" * 1024, "shop." + "모" * 300])
def test_a_long_name_is_trained_asked_and_dropped(open_work: OpenWork, name: str) -> None:
    work = open_work({})
    work.sql("CREATE SCHEMA shop")
    for _ in range(2):
        work.sql(MODEL.format(name.replace(".", '"."')))
    quoted = '"' + name.replace(".", '"."') + '"'
    ((found,),) = work.rows(f"SELECT predicted_label FROM ML.PREDICT(MODEL {quoted}, (SELECT 7 AS x))")
    assert found == pytest.approx(7)
    work.sql(f"DROP MODEL {quoted}")
    assert work.session.storage.list() == []


def test_a_name_of_more_than_1024_characters_is_refused(open_work: OpenWork) -> None:
    with pytest.raises(UserError, match="1,024 characters at most; this one has 1,025"):
        open_work({}).sql(MODEL.format("m" * 1025))


def test_folders_of_different_names_differ_and_short_names_stay_as_they_are() -> None:
    assert [folder_name(name) for name in ("demand", "수요", "a.b")] == ["demand", "수요", "a.b"]
    odd = ["모" * 90, "모" * 91, "a/b", "a_b", ".", "..", "x" * 181]
    found = {folder_name(name) for name in odd}
    assert len(found) == len(odd)
    assert all(len(name.encode()) <= 180 and "/" not in name and name.strip(".") for name in found)
