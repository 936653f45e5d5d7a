"""A matrix factorization by way of the functions."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train

if TYPE_CHECKING:
    from conftest import World


def made(world: World, name: str, sql: str, **options: object) -> None:
    given = {
        "model_type": "matrix_factorization",
        "user_col": "회원",
        "item_col": "item",
        "rating_col": "별점",
        **options,
    }
    told = {key: GivenOption(value) for key, value in given.items()}
    trained = train(world.connection.table(sql), told, seed=1, threads=2, progress=lambda *_: None)
    world.models[name] = load_model(trained.files, None)


@pytest.fixture
def shop(world: World) -> World:
    """Six users, known by texts, and ten items, known by numbers; models `taste` and `visits`."""
    world.connection.execute(
        "CREATE TABLE stars AS SELECT '회원' || range % 6 AS 회원, (range * 7) % 10 AS item, "
        "3 + (range % 2) - (range % 5) / 5.0 AS 별점 FROM range(55)"
    )
    made(world, "taste", "FROM stars", num_factors=2)
    made(
        world,
        "visits",
        "SELECT 회원, item, CASE WHEN 별점 > 3 THEN 별점 END AS 별점 FROM stars",
        feedback_type="IMPLICIT",
    )
    return world


def test_without_data_every_user_meets_every_item(shop: World) -> None:
    found = shop.sql("SELECT * FROM ML.RECOMMEND(MODEL taste)")
    assert found.schema.names == ["predicted_별점", "회원", "item"]
    assert found.schema.types == [pa.float64(), pa.string(), pa.int64()]
    assert found.num_rows == len(set(zip(found["회원"].to_pylist(), found["item"].to_pylist(), strict=True))) == 60
    scores = shop.models["taste"].score(found.select(["회원", "item"]))
    np.testing.assert_allclose(found["predicted_별점"].to_numpy(), scores)


def test_implicit_feedback_gives_a_confidence(shop: World) -> None:
    found = shop.sql("SELECT * FROM ML.RECOMMEND(MODEL visits)")
    assert found.schema.names == ["predicted_별점_confidence", "회원", "item"]


@pytest.mark.parametrize(("model", "predicted"), [("taste", "predicted_별점"), ("visits", "predicted_별점_confidence")])
def test_users_alone_meet_every_item_and_items_alone_every_user(shop: World, model: str, predicted: str) -> None:
    users = shop.sql(
        f"SELECT * FROM ML.RECOMMEND(MODEL {model}, (SELECT UNNEST(['회원2', '누구', NULL, '회원2']) AS 회원))"
    )
    assert users.schema.names == [predicted, "회원", "item"]
    assert users.num_rows == 40
    items = shop.sql(f"SELECT * FROM ML.RECOMMEND(MODEL {model}, (SELECT UNNEST([3, 99]) AS ITEM))")
    assert items.schema.names == [predicted, "회원", "ITEM"]
    assert items.num_rows == 12
    for found in (users, items):
        np.testing.assert_allclose(found[predicted].to_numpy(), shop.models[model].score(found))


def test_pairs_are_scored_and_what_stands_beside_them_passes_through(shop: World) -> None:
    found = shop.sql("SELECT * FROM ML.RECOMMEND(MODEL taste, (SELECT 1 AS n, item, 별점, 회원 FROM stars))")
    assert found.schema.names == ["predicted_별점", "회원", "item", "n", "별점"]
    assert found.num_rows == 55
    np.testing.assert_allclose(found["predicted_별점"].to_numpy(), shop.models["taste"].score(found))


def test_data_without_rows_has_the_columns_all_the_same(shop: World) -> None:
    for data in ("SELECT 회원", "SELECT item", "SELECT item, 회원"):
        found = shop.sql(f"SELECT * FROM ML.RECOMMEND(MODEL taste, ({data} FROM stars WHERE FALSE))")
        assert (found.num_rows, found.schema.names) == (0, ["predicted_별점", "회원", "item"])


def test_recommendations_are_tables_like_any_other(shop: World) -> None:
    rows = shop.rows(
        "SELECT 회원, max_by(item, predicted_별점) AS best FROM ML.RECOMMEND(MODEL taste) GROUP BY ALL ORDER BY ALL"
    )
    assert [row["회원"] for row in rows] == [f"회원{number}" for number in range(6)]


def test_all_pairs_stream_in_bounded_memory(world: World) -> None:
    world.connection.execute(
        "CREATE TABLE many AS SELECT range % 3000 AS 회원, (range * 7) % 2001 AS item, 1.0 AS 별점 FROM range(6100)"
    )
    made(world, "wide", "FROM many", num_factors=2, max_iterations=1)
    tracemalloc.start()
    try:
        (row,) = world.rows("SELECT count(*) AS n, count(DISTINCT item) AS m FROM ML.RECOMMEND(MODEL wide)")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (row["n"], row["m"]) == (3000 * 2001, 2001)
    assert peak < 30_000_000


def test_ratings_are_measured_as_numbers_are(shop: World) -> None:
    names = ["mean_absolute_error", "mean_squared_error", "mean_squared_log_error", "median_absolute_error", "r2_score"]
    trained = shop.sql("SELECT * FROM ML.EVALUATE(MODEL taste)")
    given = shop.sql("SELECT * FROM ML.EVALUATE(MODEL taste, TABLE stars)")
    assert trained.schema.names == given.schema.names == [*names, "explained_variance"]
    assert given.to_pylist()[0] == pytest.approx(trained.to_pylist()[0])


def test_implicit_feedback_is_measured_by_how_it_ranks(shop: World) -> None:
    names = ["mean_average_precision", "mean_squared_error", "normalized_discounted_cumulative_gain", "average_rank"]
    trained = shop.sql("SELECT * FROM ML.EVALUATE(MODEL visits)")
    given = shop.sql(
        "SELECT * FROM ML.EVALUATE(MODEL visits, "
        "(SELECT 회원, item, CASE WHEN 별점 > 3 THEN 별점 END AS 별점 FROM stars))"
    )
    assert trained.schema.names == given.schema.names == names
    assert given.to_pylist()[0] == pytest.approx(trained.to_pylist()[0])
    assert shop.rows("SELECT * FROM ML.EVALUATE(MODEL visits, (FROM stars WHERE FALSE))") == [dict.fromkeys(names)]


def test_weights_are_vectors_and_intercepts(shop: World) -> None:
    found = shop.sql("SELECT * FROM ML.WEIGHTS(MODEL taste)")
    assert found.schema.names == ["processed_input", "feature", "factor_weights", "intercept"]
    rows = {(row["processed_input"], row["feature"]): row for row in found.to_pylist()}
    assert len(rows) == 6 + 10 + 1
    whole = rows[None, "global__intercept__"]
    user, item = rows["회원", "회원3"], rows["item", "7"]
    assert [pair["factor"] for pair in user["factor_weights"]] == [1, 2]
    assert whole["factor_weights"] == []
    product = sum(
        a["weight"] * b["weight"] for a, b in zip(user["factor_weights"], item["factor_weights"], strict=True)
    )
    (scored,) = shop.rows("SELECT * FROM ML.RECOMMEND(MODEL taste, (SELECT '회원3' AS 회원, 7 AS item))")
    assert scored["predicted_별점"] == pytest.approx(
        product + user["intercept"] + item["intercept"] + whole["intercept"]
    )
    intercepts = shop.rows("SELECT DISTINCT intercept FROM ML.WEIGHTS(MODEL visits)")
    assert intercepts == [{"intercept": 0.0}]


def test_only_the_number_of_users_and_items_is_told_of_them(shop: World) -> None:
    rows = shop.rows("SELECT * FROM ML.FEATURE_INFO(MODEL taste)")
    assert [(row["input"], row["category_count"]) for row in rows] == [("회원", 6), ("item", 10)]
    assert {value for row in rows for name, value in row.items() if name not in ("input", "category_count")} == {None}


@pytest.mark.parametrize(
    ("sql", "error", "words"),
    [
        ("ML.PREDICT(MODEL taste, TABLE stars)", InvalidOption, "ML.RECOMMEND"),
        ("ML.TRANSFORM(MODEL taste, TABLE stars)", InvalidOption, "ML.RECOMMEND"),
        ("ML.RECOMMEND(MODEL tips, TABLE stars)", InvalidOption, "works on matrix factorization; tips is a"),
        ("ML.RECOMMEND(MODEL taste, (SELECT 1 AS x))", UnknownName, "neither '회원' nor 'item'"),
        ("ML.RECOMMEND(MODEL taste, (SELECT 1 AS x, '회원1' AS 회원))", BadData, "no 'item'"),
        ("ML.RECOMMEND(MODEL taste, (SELECT 1 AS x, 1 AS item))", BadData, "no '회원'"),
        ("ML.RECOMMEND(MODEL taste, (SELECT 1 AS 회원))", BadData, "trained on string"),
        ("ML.RECOMMEND(MODEL taste, (SELECT 1 AS 회원, 2 AS item))", BadData, "trained on string"),
        ("ML.RECOMMEND(MODEL taste, (SELECT 1 AS 예, * , 2 AS predicted_별점 FROM stars))", BadData, "predicted_별점"),
        ("ML.EVALUATE(MODEL taste, (SELECT 회원, item FROM stars))", UnknownName, "별점"),
        ("ML.EVALUATE(MODEL visits, (SELECT 회원, item FROM stars))", UnknownName, "별점"),
        ("ML.EVALUATE(MODEL visits, (SELECT 회원, item, '좋음' AS 별점 FROM stars))", BadData, "double"),
        ("ML.EVALUATE(MODEL visits, (SELECT item, 별점 FROM stars))", UnknownName, "회원"),
        ("ML.WEIGHTS(MODEL taste, STRUCT(TRUE AS standardize))", InvalidOption, "standardize"),
    ],
)
def test_what_does_not_fit_is_said(shop: World, sql: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        shop.sql(f"SELECT * FROM {sql}")
