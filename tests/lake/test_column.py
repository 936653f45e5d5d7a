from __future__ import annotations

import pytest

from penstock.lake.column import storable, widens


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("BIGINT", "BIGINT"),
        ("DECIMAL(38,10)", "DECIMAL(38,10)"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
        ("JSON", "JSON"),
        ("HUGEINT", "BIGINT"),
        ("ENUM('가', 'b')", "VARCHAR"),
        ("FLOAT[3]", "FLOAT[]"),
        ('STRUCT("a b" HUGEINT[], c MAP(VARCHAR, UHUGEINT))', 'STRUCT("a b" BIGINT[], c MAP(VARCHAR, BIGINT))'),
    ],
)
def test_the_type_under_which_a_column_is_stored(given: str, stored: str) -> None:
    assert storable(given) == stored


@pytest.mark.parametrize(
    ("new", "old", "fits"),
    [
        ("INTEGER", "BIGINT", True),
        ("BIGINT", "INTEGER", False),
        ("UINTEGER", "BIGINT", True),
        ("UBIGINT", "BIGINT", False),
        ("UTINYINT", "UBIGINT", True),
        ("INTEGER", "UBIGINT", False),
        ("BIGINT", "DOUBLE", True),
        ("DECIMAL(9,2)", "DOUBLE", True),
        ("DOUBLE", "BIGINT", False),
        ("INTEGER", "DECIMAL(9,2)", True),
        ("DATE", "TIMESTAMP", True),
        ("TIMESTAMP", "DATE", False),
        ("BIGINT", "VARCHAR", False),
        ("VARCHAR", "BIGINT", False),
        ("VARCHAR", "VARCHAR", True),
    ],
)
def test_only_a_type_that_loses_nothing_fits_another(new: str, old: str, fits: bool) -> None:
    assert widens(new, old) is fits
