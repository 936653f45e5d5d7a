"""A project with a table of two hundred rows, to go wrong with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import UserError

if TYPE_CHECKING:
    from conftest import Work

CSV = "id,x,city,y\n" + "".join(f"{n},{n * 7 % 17 / 2},{'SBJ'[n % 3]},{n % 11 + n % 3}\n" for n in range(200))
TABLE = "CREATE TABLE hours AS SELECT * FROM 'data/hours.csv';\n"


@pytest.fixture
def rows_csv() -> str:
    """The file of the table `hours`: id, x, city and y, two hundred rows."""
    return CSV


@pytest.fixture
def project(open_work: Callable[..., Work]) -> Callable[..., Work]:
    """Open a project of one file `project.sql` beside the table `hours`, which is read from `data/hours.csv`."""

    def opened(sql: str, data: str | bytes = CSV) -> Work:
        return open_work({"data/hours.csv": data, "hours.sql": TABLE, "project.sql": sql})

    return opened


@pytest.fixture
def complaint() -> Callable[[Callable[[], object]], Diagnostic]:
    """Return the one finding with which something fails."""

    def of(work: Callable[[], object]) -> Diagnostic:
        with pytest.raises(UserError) as caught:
            work()
        assert len(caught.value.diagnostics) == 1, caught.value
        return caught.value.diagnostics[0]

    return of
