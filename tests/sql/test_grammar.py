"""The documented grammar is the one that is read."""

from __future__ import annotations

from typing import get_args

import pytest

from penstock.core.names import Kind
from penstock.sql.grammar import SHOWN, STATEMENTS, StatementDoc
from penstock.sql.parse import parse_script
from penstock.sql.statement import AnyStatement, Passthrough
from penstock.sql.vocabulary import SUBJECTS


@pytest.mark.parametrize("doc", STATEMENTS, ids=lambda doc: doc.name)
def test_every_example_is_read_and_shows_its_statement(doc: StatementDoc) -> None:
    script = parse_script(doc.example, "example.sql")
    assert script.diagnostics == ()
    assert doc.example.strip().endswith(";")
    names = {type(statement).__name__.lower() for statement in script.statements}
    assert doc.name.lower().replace(" ", "") in names


def test_every_statement_of_the_language_is_documented() -> None:
    own = {kind.__name__.lower() for kind in get_args(AnyStatement) if kind is not Passthrough}
    assert {doc.name.lower().replace(" ", "") for doc in STATEMENTS} == own


def test_every_kind_has_its_statement() -> None:
    assert {doc.kind for doc in STATEMENTS if doc.kind} == set(Kind)


def test_everything_that_show_lists_is_documented() -> None:
    assert set(SHOWN) == set(SUBJECTS)
    assert all(SHOWN.values())
