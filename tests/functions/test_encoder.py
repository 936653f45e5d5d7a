"""The functions that number words: the published examples, and what becomes of words never seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from penstock.core.errors import InvalidOption
from penstock.core.spans import Span
from penstock.functions.transform import apply_transform_sql, freeze_transform
from penstock.sql.statement import Dialect, Query

if TYPE_CHECKING:
    from conftest import World


def pairs(world: World, call: str, rows: str, key: str = "id", dialect: Dialect = "bigquery") -> list[object]:
    found = world.sql(f"SELECT {call} OVER () AS v FROM {rows} ORDER BY {key}", dialect=dialect)
    kind = found.schema.field("v").type.value_type
    assert [(field.name, str(field.type)) for field in kind] == [("index", "int64"), ("value", "double")]
    return [None if row is None else {each["index"]: each["value"] for each in row} for row in found["v"].to_pylist()]


def test_dummy_encoding_gives_the_published_example(world: World) -> None:
    letters = "UNNEST([NULL, 'a', 'b', 'b', 'c', 'c', 'c', 'd', 'd']) AS f"
    assert pairs(world, "ML.ONE_HOT_ENCODER(f, 'most_frequent', 10, 0)", letters, "f") == [
        *({0: 1.0}, {1: 1.0}, {2: 1.0}, {2: 1.0}, {3: 0.0}, {3: 0.0}, {3: 0.0}, {4: 1.0}, {4: 1.0})
    ]
    assert pairs(world, "ML.ONE_HOT_ENCODER(f)", letters, "f") == [{0: 1.0}] * 9
    assert pairs(world, "ML.ONE_HOT_ENCODER(f, 'none', 2, 2)", letters, "f")[2:7] == [{1: 1.0}] * 2 + [{2: 1.0}] * 3


def test_multi_hot_encoding_gives_the_published_example(world: World) -> None:
    rows = "(SELECT 1 AS id, ['a', 'b', 'b', 'c', NULL] AS f UNION ALL SELECT 2, ['c', 'c', 'd', 'd', NULL])"
    assert pairs(world, "ML.MULTI_HOT_ENCODER(f, 3, 1)", rows) == [{0: 1, 1: 1, 2: 1, 3: 1}, {0: 1, 3: 1}]


@pytest.mark.parametrize(
    ("arguments", "first", "second", "published"),
    [
        ("32, 1", "'a', 'b', 'b', 'c'", "'a', 'c'", [{1: 1, 2: 2, 3: 1}, {1: 1, 3: 1}]),
        (
            "4, 2",
            "'a', 'b', 'b', 'b', 'c', 'c', 'c', 'c', 'd', 'd'",
            "'a', 'c', NULL",
            [{0: 5, 1: 1, 2: 4}, {0: 1, 1: 1, 2: 1}],
        ),
        ("2, 1", "'a', 'b', 'b', 'c'", "'a', 'c', 'c'", [{0: 2, 1: 1, 2: 1}, {1: 1, 2: 2}]),
        (
            "2, 2",
            "'a', 'b', 'b', 'c', 'd', 'd', 'd'",
            "'a', 'c', 'c', 'd', 'd', 'd'",
            [{0: 5, 1: 1, 2: 1}, {0: 3, 1: 1, 2: 2}],
        ),
    ],
)
def test_a_bag_of_words_gives_the_published_examples(
    world: World, arguments: str, first: str, second: str, published: list[dict[int, int]]
) -> None:
    rows = f"(SELECT 1 AS id, [{first}] AS f UNION ALL SELECT 2, [{second}])"
    assert pairs(world, f"ML.BAG_OF_WORDS(f, {arguments})", rows) == published


PIES = (
    "(SELECT 1 AS id, ['I', 'like', 'pie', 'pie', 'pie', NULL] AS f UNION ALL SELECT 2, ['yum', 'yum', 'pie', NULL] "
    "UNION ALL SELECT 3, ['I', 'yum', 'pie', NULL] UNION ALL SELECT 4, ['you', 'like', 'pie', NULL])"
)


def test_tf_idf_gives_the_published_digits(world: World) -> None:
    i, pie = 0.1412163100645339, 0.29389333245105953
    found = pairs(world, "ML.TF_IDF(f, 3, 1)", PIES)
    published = [
        {0: 0.12679902142647365, 1: i, 2: i, 3: pie},
        {0: 0.5705955964191315, 3: pie / 2},
        {0: 0.380397064279421, 1: 0.21182446509680086, 3: pie / 2},
        {0: 0.380397064279421, 2: 0.21182446509680086, 3: pie / 2},
    ]
    for row, expected in zip(found, published, strict=True):
        assert row == pytest.approx(expected, rel=1e-15)


def test_empty_lists_stay_empty_and_null_stays_null(world: World) -> None:
    rows = "(SELECT 1 AS id, ['x'] AS f UNION ALL SELECT 2, [] UNION ALL SELECT 3, NULL)"
    for name in ("MULTI_HOT_ENCODER", "BAG_OF_WORDS", "TF_IDF"):
        first, *others = pairs(world, f"ML.{name}(f, 9, 1)", rows)
        assert list(first) == [1]
        assert others == [{}, None]
        # Nothing learnt: every word is unknown.
        assert list(pairs(world, f"ML.{name}(f)", rows)[0]) == [0]


def test_what_transform_learnt_stays_when_it_meets_other_rows(world: World) -> None:
    clause = "ML.TF_IDF(낱말, 10, 1) OVER () AS t, ML.ONE_HOT_ENCODER(도시, 'none', 10, 1) OVER () AS c"
    span = Span("t", 1, 1, 1, 1)
    learnt = "SELECT unnest([['가', '나'], ['가', '다']]) AS 낱말, unnest(['서울', '부산']) AS 도시"
    transform, _ = freeze_transform(Query(clause, "duckdb", span), learnt, world.connection, [])
    sql = apply_transform_sql(transform, "SELECT ['다', '다', '모름', '가'] AS 낱말, '광주' AS 도시")
    (row,) = world.connection.table(sql).to_pylist()
    assert [pair["index"] for pair in row["t"]] == [0, 1, 3]
    assert row["t"][2]["value"] == pytest.approx(0.5 * math.log(1 + 2 / 2))
    assert row["c"] == [{"index": 0, "value": 1.0}]


def test_a_text_is_no_list_of_texts(world: World) -> None:
    with pytest.raises(InvalidOption, match=r"ML\.BAG_OF_WORDS takes a list of texts; f is string"):
        world.sql("SELECT ML.BAG_OF_WORDS(f) OVER () FROM (SELECT 'a' AS f)")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(["가", "나", "a", "b"]), min_size=1, max_size=6), min_size=1, max_size=5))
def test_counts_are_those_of_scikit_learn(world: World, documents: list[list[str]]) -> None:
    expected = CountVectorizer(analyzer=lambda words: words).fit_transform(documents).toarray()
    listed = ", ".join(f"({place}, {words})" for place, words in enumerate(documents))
    found = pairs(world, "ML.BAG_OF_WORDS(f, 100, 1)", f"(VALUES {listed}) AS t(id, f)", dialect="duckdb")
    for row, counts in zip(found, expected, strict=True):
        assert row == {place + 1: count for place, count in enumerate(counts) if count}
