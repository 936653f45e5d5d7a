from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.sql.quoting import quote_identifier, quote_literal, quote_name

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@given(texts.filter(bool))
def test_duckdb_reads_a_quoted_identifier_back(name: str) -> None:
    assert duckdb.execute(f"SELECT 1 AS {quote_identifier(name)}").description[0][0] == name


@given(texts)
def test_duckdb_reads_a_quoted_literal_back(value: str) -> None:
    assert duckdb.execute(f"SELECT {quote_literal(value)}").fetchone() == (value,)


def test_each_part_of_a_name_is_quoted() -> None:
    assert quote_name('s."t') == '"s"."""t"'


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_cannot_be_quoted_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        quote_identifier(name)
    with pytest.raises(ValueError, match="NUL"):
        quote_literal("a\0")
