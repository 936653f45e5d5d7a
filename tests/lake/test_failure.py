from __future__ import annotations

import pytest

from penstock.core.errors import BadData, Busy, InternalError, StorageFailure, SyntaxProblem, UnknownName, UserError
from penstock.lake.database import Connection
from penstock.lake.failure import QUERY, translated


@pytest.fixture
def shop(memory: Connection) -> Connection:
    memory.execute("CREATE TABLE customers (id INTEGER, price DOUBLE)")
    memory.execute("CREATE SCHEMA 가게")
    memory.execute('CREATE TABLE "가게"."주문" ("금액" INTEGER)')
    return memory


CASES = [
    ("FROM custmers", UnknownName, "There is no table 'custmers'", "Did you mean 'customers'?", (1, 6)),
    ("FROM 가게.주분", UnknownName, "There is no table '가게.주분'", "Did you mean '가게.주문'?", (1, 6)),
    ("SELECT\n  prise FROM customers", UnknownName, "There is no column 'prise'", "Did you mean 'price'?", (2, 3)),
    (
        "SELECT '한글', prise FROM customers",
        UnknownName,
        "There is no column 'prise'",
        "Did you mean 'price'?",
        (1, 14),
    ),
    ("SELECT c.prise FROM customers c", UnknownName, "There is no column 'prise'", "Did you mean 'price'?", (1, 8)),
    ("SELECT uper('a')", UnknownName, "There is no function 'uper'", "upper", (1, 8)),
    ("SELECT 1;\nSELCT 2", SyntaxProblem, 'at or near "SELCT"', None, (2, 1)),
    ("SELECT * FROM customers WHERE", SyntaxProblem, "end of input", None, None),
    ("SELECT id FROM customers GROUP BY price", SyntaxProblem, "GROUP BY", "ANY_VALUE", (1, 8)),
    ("SELECT upper(1, 2)", SyntaxProblem, "No function matches", "upper(VARCHAR)", (1, 8)),
    ("SELECT 'x'::INTEGER", BadData, "Could not convert string 'x'", None, (1, 11)),
    ("SELECT sqrt(-1)", BadData, "negative number", None, None),
    ("SELECT error('mine')", BadData, "mine", None, None),
    ("FROM read_parquet('/nowhere.parquet')", BadData, "/nowhere.parquet", None, (1, 6)),
    ("CREATE TABLE customers AS SELECT 1", UserError, "already exists", None, None),
    ("COPY (SELECT 1) TO '/proc/nothing'", BadData, "/proc/nothing", None, None),
    ("FROM 주문", UnknownName, "There is no table '주문'", "Did you mean '가게.주문'?", (1, 6)),
]


@pytest.mark.parametrize(("sql", "kind", "message", "hint", "place"), CASES, ids=[case[0] for case in CASES])
def test_an_error_says_what_where_and_what_to_do(shop: Connection, sql, kind, message, hint, place) -> None:
    with pytest.raises(UserError) as caught:
        shop.rows(sql)
    (finding,) = caught.value.diagnostics
    assert type(caught.value) is kind
    assert message in finding.message
    if hint:
        assert hint in (finding.hint or "")
    if place:
        assert finding.span is not None
        assert (finding.span.path, finding.span.line, finding.span.column) == (QUERY, *place)


def test_names_are_suggested_within_a_broken_transaction(shop: Connection) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'customers'"), shop.transaction():
        with pytest.raises(UserError):
            shop.rows("SELECT 'x'::INTEGER")
        shop.rows("FROM custmers")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("IO Error: Could not write file: No space left on device", StorageFailure),
        ('IO Error: {"exception_type":"IO","exception_message":"Cannot open x","errno":"13"}', StorageFailure),
        ("IO Error: Failed to execute query: database is locked", Busy),
        (
            'Transaction Error: {"exception_type":"Transaction","exception_message":"Transaction conflict - x"}',
            Busy,
        ),
        (
            'Out of Memory Error: {"exception_type":"Out of Memory","exception_message":"could not allocate"}',
            StorageFailure,
        ),
        ("INTERNAL Error: assertion failed", InternalError),
        ("HTTP Error: HTTP 403", StorageFailure),
        ("Conversion Error: {no json", BadData),
    ],
)
def test_errors_of_the_world_have_their_own_kinds(text: str, kind: type[Exception]) -> None:
    assert type(translated(OSError(text), "", list)) is kind
