"""VECTOR_SEARCH and ML.DISTANCE against published results, scipy, and a search by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial import distance as scipy_distance

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.lake.database import ArrowRows
from penstock.sql.statement import Dialect

if TYPE_CHECKING:
    from conftest import World


@pytest.fixture
def animals(world: World) -> World:
    """The tables of BigQuery's page."""
    world.connection.execute("""
        CREATE TABLE base_table AS FROM (VALUES ('dog', [1.0, 2.0]), ('wolf', [2.0, 4.0]), ('snake', [-2.0, 3.0]),
            ('lion', [2.0, -2.5]), ('tiger', [3.0, -2.0]), ('otter', [-3.0, -1.0]), ('whale', [-5.0, -1.0]),
            ('none', NULL)) t(id, my_embedding)
    """)
    world.connection.execute(
        "CREATE TABLE query_table AS FROM (VALUES ('dog', [1.0, 2.0]), ('cat', [1.0, -1.0])) t(query_id, embedding)"
    )
    return world


def found(world: World, call: str, dialect: Dialect = "duckdb") -> list[tuple[object, object, float]]:
    rows = world.sql(f"SELECT * FROM VECTOR_SEARCH({call})", dialect=dialect).to_pylist()
    return [(row.get("query", {}).get("query_id"), row["base"]["id"], row["distance"]) for row in rows]


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "TABLE base_table, 'my_embedding', (SELECT query_id, embedding FROM query_table), 'embedding', top_k => 2",
            [
                ("dog", "dog", 0.0),
                ("dog", "wolf", 2.23606797749979),
                ("cat", "lion", 1.8027756377319946),
                ("cat", "tiger", 2.23606797749979),
            ],
        ),
        (
            (
                "(SELECT * FROM base_table WHERE id <> 'wolf'), 'my_embedding', TABLE query_table, 'embedding', "
                "top_k => 2, options => '{\"use_brute_force\":true}'"
            ),
            [
                ("dog", "dog", 0.0),
                ("dog", "snake", 3.1622776601683795),
                ("cat", "lion", 1.8027756377319946),
                ("cat", "tiger", 2.23606797749979),
            ],
        ),
        (
            (
                "TABLE base_table, 'my_embedding', TABLE query_table, query_column_to_search => 'embedding', "
                "top_k => 2, distance_type => 'cosine'"
            ),
            [
                ("dog", "dog", 0.0),
                ("dog", "wolf", 0.0),
                ("cat", "lion", 0.0061162653263812095),
                ("cat", "tiger", 0.019419324309079777),
            ],
        ),
    ],
)
def test_published_searches_come_out(
    animals: World, call: str, expected: list[tuple[str, str, float]], dialect: Dialect
) -> None:
    rows = found(animals, call, dialect)
    assert [row[:2] for row in rows] == [row[:2] for row in expected]
    assert [row[2] for row in rows] == pytest.approx([row[2] for row in expected], abs=1e-12)


def test_a_single_vector_finds_rows_without_a_query_column(animals: World) -> None:
    call = "TABLE base_table, 'my_embedding', query_value => [1.0, 2], top_k => 1, distance_type => 'DOT_PRODUCT'"
    assert animals.sql(f"SELECT * FROM VECTOR_SEARCH({call})").schema.names == ["base", "distance"]
    assert found(animals, call) == [(None, "wolf", -10.0)]


def test_a_negative_top_k_gives_every_row_with_a_vector(animals: World) -> None:
    rows = found(animals, "TABLE base_table, 'my_embedding', query_value => [0, 0], top_k => -1")
    assert len(rows) == 7
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)
    assert len(found(animals, "(FROM base_table WHERE FALSE), 'my_embedding', TABLE query_table")) == 0


def test_it_finds_what_a_search_by_hand_finds_ties_in_the_order_of_the_base(world: World) -> None:
    random = np.random.default_rng(3)
    vectors = random.integers(-2, 3, (400, 4)).astype(np.float64)
    table = pa.table({"place": range(400), "v": list(vectors)})
    world.connection.register("given", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    world.connection.execute("CREATE TABLE vectors AS SELECT * FROM given ORDER BY place")
    for kind, apart in (
        ("EUCLIDEAN", np.linalg.norm(vectors[:, None] - vectors[None, :10], axis=2)),
        ("DOT_PRODUCT", -(vectors @ vectors[:10].T)),
    ):
        rows = world.rows(
            "SELECT query.place AS asked, base.place AS place FROM VECTOR_SEARCH(TABLE vectors, 'v', "
            f"(FROM vectors WHERE place < 10), top_k => 7, distance_type => '{kind}')"
        )
        expected = [
            (query, int(place)) for query in range(10) for place in np.argsort(apart[:, query], kind="stable")[:7]
        ]
        assert [(row["asked"], row["place"]) for row in rows] == expected


@pytest.mark.parametrize(
    ("call", "problem", "words"),
    [
        ("TABLE base_table", InvalidOption, "in quotes"),
        ("TABLE base_table, 'my_embeding', query_value => [1]", UnknownName, "my_embedding"),
        ("TABLE base_table, 'id', query_value => [1]", BadData, "list of numbers"),
        ("TABLE base_table, 'my_embedding'", InvalidOption, "query_value"),
        ("TABLE base_table, 'my_embedding', TABLE query_table, query_value => [1]", InvalidOption, "not both"),
        ("TABLE base_table, 'my_embedding', (SELECT [1] AS a, [2] AS b)", InvalidOption, "query_column_to_search"),
        ("TABLE base_table, 'my_embedding', query_value => ['a']", InvalidOption, "list of numbers"),
        ("TABLE base_table, 'my_embedding', query_value => [1], top_k => 0", InvalidOption, "at least 1"),
        ("TABLE base_table, 'my_embedding', query_value => [1], options => '{'", InvalidOption, "JSON"),
        ("TABLE base_table, 'my_embedding', query_value => [1], distance_type => 'L2'", InvalidOption, "EUCLIDEAN"),
        ("TABLE base_table, 'my_embedding', query_value => [1, 2, 3]", BadData, "lengths, 3 and 2"),
        ("TABLE base_table, 'my_embedding', query_value => [0, 0], distance_type => 'COSINE'", BadData, "zeros"),
    ],
)
def test_a_wrong_search_says_what_is_wrong(animals: World, call: str, problem: type[UserError], words: str) -> None:
    with pytest.raises(problem, match=words):
        found(animals, call)


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("[4.1, 0.5, 1.0], [3.0, 0.0, 2.5], 'EUCLIDEAN'", 1.926136028425822),
        ("[4.1, 0.5, 1.0], [3.0, 0.0, 2.5]", 1.926136028425822),
        ("[4.1, 0.5, 1.0], [3.0, 0.0, 2.5], 'manhattan'", scipy_distance.cityblock([4.1, 0.5, 1.0], [3.0, 0.0, 2.5])),
        ("[4.1, 0.5, 1.0], [3.0, 0.0, 2.5], 'COSINE'", scipy_distance.cosine([4.1, 0.5, 1.0], [3.0, 0.0, 2.5])),
        ("CAST(NULL AS {list}), [3.0]", None),
        ("CAST(NULL AS {list}), [3.0], 'COSINE'", None),
        ("CAST(NULL AS {list}), [3.0], 'MANHATTAN'", None),
    ],
)
def test_the_distance_of_lists(world: World, call: str, expected: float | None, dialect: Dialect) -> None:
    kind = "ARRAY<FLOAT64>" if dialect == "bigquery" else "DOUBLE[]"
    (row,) = world.sql(f"SELECT ML.DISTANCE({call.format(list=kind)}) AS d", dialect=dialect).to_pylist()
    assert row["d"] == (None if expected is None else pytest.approx(expected))


def test_the_distance_of_sparse_vectors_goes_by_key(world: World) -> None:
    world.connection.execute("""
        CREATE TABLE sparse AS SELECT [{'k': '가', 'v': 1.0}, {'k': 'b', 'v': 2.0}] AS x,
            [{'k': 'b', 'v': 5.0}, {'k': 'c', 'v': 4.0}] AS y, CAST(NULL AS STRUCT(k VARCHAR, v DOUBLE)[]) AS n
    """)
    (row,) = world.rows(
        "SELECT ML.DISTANCE(x, y) AS e, ML.DISTANCE(x, y, 'MANHATTAN') AS m, ML.DISTANCE(x, y, 'COSINE') AS c, "
        "ML.DISTANCE(x, n) AS n FROM sparse"
    )
    a, b = [1.0, 2.0, 0.0], [0.0, 5.0, 4.0]
    assert row["e"] == pytest.approx(scipy_distance.euclidean(a, b))
    assert row["m"] == pytest.approx(scipy_distance.cityblock(a, b))
    assert row["c"] == pytest.approx(scipy_distance.cosine(a, b))
    assert row["n"] is None
    with pytest.raises(BadData, match="unique"):
        world.sql("SELECT ML.DISTANCE(x || x, y) FROM sparse")


def test_a_distance_stands_in_a_condition_and_a_transform(world: World) -> None:
    near = "SELECT id FROM trips WHERE distance IS NOT NULL AND {} < 4.1 ORDER BY id"
    rows = world.rows(near.format("ML.DISTANCE([coalesce(distance, 0), 0], [3.0, 4.0])"))
    assert rows
    assert rows == world.rows(near.format("sqrt((distance - 3) ** 2 + 16)"))
    model = world.train_with_transform(
        "far",
        "ML.DISTANCE([distance, 0], [1.0, 2.0]) AS far, fare",
        "SELECT distance, fare FROM trips WHERE distance IS NOT NULL",
        "linear_reg",
        "fare",
    )
    assert [feature.name for feature in model.manifest.features] == ["far"]
    assert world.rows("SELECT count(*) AS n FROM ML.PREDICT(MODEL far, (SELECT 3.0 AS distance))") == [{"n": 1}]


@pytest.mark.parametrize(
    ("call", "problem", "words"),
    [
        ("[1.0, 2.0], [1.0]", BadData, "lengths, 2 and 1"),
        ("[1.0, 2.0], [1.0], 'MANHATTAN'", BadData, "lengths, 2 and 1"),
        ("[1.0, NULL], [1.0, 2.0], 'MANHATTAN'", BadData, "NULL"),
        ("[0.0], [1.0], 'COSINE'", BadData, "no direction"),
        ("[0.0], [1.0], 'L3'", InvalidOption, "EUCLIDEAN"),
        ("[0.0]", InvalidOption, "2 columns or expressions"),
        ("'a', 'b'", InvalidOption, "vector"),
    ],
)
def test_a_wrong_distance_says_what_is_wrong(world: World, call: str, problem: type[UserError], words: str) -> None:
    with pytest.raises(problem, match=words):
        world.sql(f"SELECT ML.DISTANCE({call}) FROM trips")
