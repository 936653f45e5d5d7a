from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.lake.database import Connection, open_lake
from penstock.lake.quoting import quote_identifier, quote_name, quote_text, quote_value

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | TEXTS,
    lambda inner: st.lists(inner, min_size=1, max_size=1),
    max_leaves=3,
)


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    lake = open_lake(None)
    yield lake.connection()
    lake.close()


@given(VALUES)
def test_a_quoted_value_is_read_back(database: Connection, value: object) -> None:
    assert database.rows(f"SELECT {quote_value(value)}") == [(value,)]


@given(TEXTS.filter(bool))
def test_a_quoted_identifier_is_a_name(database: Connection, name: str) -> None:
    ((found, _),) = database.column_types(f"SELECT 1 AS {quote_identifier(name)}")
    assert found == name


def test_only_the_first_dot_parts_a_name() -> None:
    assert quote_name("a") == '"a"'
    assert quote_name('가."b".c') == '"가"."""b"".c"'
    assert quote_text("it's") == "'it''s'"
