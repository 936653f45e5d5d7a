"""Matrix factorization against ridge regressions of scikit-learn and against plain loops over users and items."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import InvalidOption, UnknownName, UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn.alternating_least_squares import Interactions, explicit_factors, implicit_factors
from penstock.learn.artifact import load_model
from penstock.learn.judgement import evaluate
from penstock.learn.ranking import ranking_metrics
from penstock.learn.recommender import factors_of, recommender_of
from penstock.learn.training import train


def made(table, *, earlier=None, seed=1, transform=None, **options):
    named = {"model_type": "matrix_factorization", **options}
    told = {name: GivenOption(value) for name, value in named.items()}
    return train(table, told, seed=seed, threads=2, progress=lambda *_: None, warm_start=earlier, transform=transform)


def load(model):
    return load_model(model.files, None)


def rated(rows=600, users=30, items=20, seed=3):
    """Ratings of two tastes: odd users like what even ones do not."""
    random = np.random.default_rng(seed)
    user, item = random.integers(0, users, rows), random.integers(0, items, rows)
    taste = np.where(user % 2 == 0, 1.0, -1.0) * np.where(item % 3 == 0, 1.5, -0.7)
    rating = 3.0 + taste + 0.2 * random.normal(size=rows)
    return pa.table({"user": [f"회원{number}" for number in user], "item": item * 10, "rating": rating})


def vectors(model):
    found = recommender_of(load(model))
    return found, factors_of(found)


def coded(table, recommender):
    return recommender.users.codes(table) - 1, recommender.items.codes(table) - 1


def test_at_the_end_every_user_and_item_is_a_ridge_regression_on_the_other_side():
    from sklearn.linear_model import Ridge

    table = rated()
    model = made(table, num_factors=3, l2_reg=2.0, max_iterations=400, early_stop=False)
    recommender, found = vectors(model)
    users, items = coded(table, recommender)
    target = table["rating"].to_numpy() - table["rating"].to_numpy().mean()
    assert found.intercept == pytest.approx(table["rating"].to_numpy().mean())
    for own, other, mine, theirs, my_intercepts, their_intercepts in (
        (users, items, found.users, found.items, found.user_intercepts, found.item_intercepts),
        (items, users, found.items, found.users, found.item_intercepts, found.user_intercepts),
    ):
        for number in range(len(mine)):
            rows = own == number
            inputs = np.column_stack([theirs[other[rows]], np.ones(rows.sum())])
            oracle = Ridge(alpha=2.0, fit_intercept=False).fit(inputs, target[rows] - their_intercepts[other[rows]])
            np.testing.assert_allclose(oracle.coef_[:-1], mine[number], atol=1e-4)
            assert oracle.coef_[-1] == pytest.approx(my_intercepts[number], abs=1e-4)


def test_implicit_feedback_weighs_what_was_observed_and_wants_nothing_of_all_else():
    from sklearn.linear_model import Ridge

    table = rated(150)
    model = made(
        table, feedback_type="IMPLICIT", num_factors=3, l2_reg=2.0, wals_alpha=5.0, max_iterations=30, early_stop=False
    )
    recommender, found = vectors(model)
    users, items = coded(table, recommender)
    seen = np.zeros((len(found.users), len(found.items)))
    np.add.at(seen, (users, items), table["rating"].to_numpy())
    for number in range(len(found.items)):
        oracle = Ridge(alpha=2.0, fit_intercept=False).fit(
            found.users, seen[:, number] > 0, sample_weight=1 + 5.0 * seen[:, number]
        )
        np.testing.assert_allclose(oracle.coef_, found.items[number], rtol=1e-6, atol=1e-9)
    errors = (1 + 5.0 * seen) * ((seen > 0) - found.users @ found.items.T) ** 2
    last = model.manifest.iterations[-1]
    assert last.loss == pytest.approx(errors.sum() / np.count_nonzero(seen))
    assert found.intercept == 0
    assert not found.item_intercepts.any()


@given(
    pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=60),
    seed=st.integers(0, 9),
)
def test_regressions_in_stacks_are_those_of_a_loop(pairs, seed):
    random = np.random.default_rng(seed)
    users, items = np.array(pairs).T
    values = random.normal(size=len(pairs)) + 3
    given_rows = Interactions(users, items, values, 8, 5)
    found, loss = next(explicit_factors(given_rows, 2, 0.5, np.random.default_rng(seed), 1))

    vectors = np.random.default_rng(seed).normal(scale=1 / np.sqrt(2), size=(5, 2))
    vectors[~np.isin(np.arange(5), items)] = 0
    held, biases = vectors, np.zeros(5)
    for own, other, count in ((users, items, 8), (items, users, 5)):
        solved = np.zeros((count, 3))
        for number in np.unique(own):
            rows = own == number
            inputs = np.column_stack([held[other[rows]], np.ones(rows.sum())])
            wanted = values[rows] - values.mean() - biases[other[rows]]
            solved[number] = np.linalg.solve(inputs.T @ inputs + 0.5 * np.eye(3), inputs.T @ wanted)
        held, biases = solved[:, :2], solved[:, 2]
    np.testing.assert_allclose(found.items, held, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.item_intercepts, biases, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(loss, np.mean((values - found.scores(users, items)) ** 2), rtol=1e-6, atol=1e-9)


def test_a_user_of_very_many_ratings_is_one_stack_and_gives_the_same():
    items = np.arange(3000)
    users = np.zeros(3000, np.int64)
    users[::7] = 1
    values = np.sin(items) + 2.0
    few = Interactions(users, items, values, 2, 3000)
    one, _ = next(implicit_factors(few, 4, 1.0, 2.0, np.random.default_rng(0), 1))
    two, _ = next(implicit_factors(few, 4, 1.0, 2.0, np.random.default_rng(0), 2))
    np.testing.assert_array_equal(one.items, two.items)


def test_the_order_of_the_rows_changes_nothing():
    table = rated()
    turned = table.take(pa.array(np.random.default_rng(0).permutation(table.num_rows)))
    one, two = (made(rows, data_split_method="RANDOM").files["model.onnx"] for rows in (table, turned))
    assert one == two


def test_it_says_more_of_held_out_ratings_than_the_means_of_users_and_items():
    table = rated(2000)
    model = made(table, num_factors=2, l2_reg=1.0, data_split_method="RANDOM", data_split_eval_fraction=0.2)
    assert model.manifest.held_out_rows == pytest.approx(400, abs=60)
    assert model.manifest.metrics["mean_squared_error"] < 0.1
    assert all(row.eval_loss is not None for row in model.manifest.iterations)
    assert evaluate(load(model), model.held_out) == pytest.approx(model.manifest.metrics)


def test_ratings_are_all_learned_from_unless_a_split_is_asked_for():
    model = made(rated(700))
    assert (model.manifest.held_out_rows, model.manifest.judged_on) == (0, "training rows")
    assert {row.eval_loss for row in model.manifest.iterations} == {None}
    assert recommender_of(load(model)).users.factors.shape[1] == round(np.log2(700))


@pytest.mark.parametrize("feedback", ["EXPLICIT", "IMPLICIT"])
def test_the_graph_scores_as_the_vectors_do_row_by_row_and_all_at_once(feedback):
    table = rated()
    model = load(made(table, feedback_type=feedback))
    recommender = recommender_of(model)
    expected = factors_of(recommender).scores(*coded(table, recommender))
    np.testing.assert_allclose(model.score(table), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(model.score_through_graph(table), expected, rtol=1e-12, atol=1e-12)
    row = table.slice(0, 1).to_pylist()[0]
    assert model.score_row(row)[0] == pytest.approx(expected[0])


def test_who_is_unknown_has_the_common_intercept_and_that_of_the_other_side():
    model = load(made(rated()))
    found = recommender_of(model)
    rows = pa.table({"user": ["회원3", "누구", None, "누구"], "item": pa.array([-1, 30, 30, None], pa.int64())})
    (user,) = found.users.codes(rows)[:1]
    (item,) = found.items.codes(rows)[1:2]
    of_user, of_item = found.users.intercepts[user], found.items.intercepts[item]
    expected = np.array([of_user, of_item, of_item, 0.0]) + found.intercept
    np.testing.assert_allclose(model.score(rows), expected)
    np.testing.assert_allclose(model.score_through_graph(rows), expected)
    assert model.score_row({"user": None, "item": 30})[0] == pytest.approx(expected[2])


def test_rows_without_a_user_or_an_item_teach_nothing_and_are_told():
    table = rated()
    more = pa.table({"user": [None, "회원1"], "item": pa.array([10, None], pa.int64()), "rating": [500.0, -500.0]})
    model = made(pa.concat_tables([table, more]))
    assert model.manifest.notes == ("2 rows have no user or no item and taught nothing.",)
    plain = factors_of(recommender_of(load(made(table))))
    np.testing.assert_array_equal(factors_of(recommender_of(load(model))).users, plain.users)


@pytest.mark.parametrize(
    "users",
    [
        pa.array([Decimal("1.50"), Decimal("2.25"), Decimal("1.50"), None], pa.decimal128(9, 2)),
        pa.array([1.5, float("nan"), float("inf"), None]),
        pa.array(["a", "나", "", None]).dictionary_encode(),
        pa.array([7, 7, 7, 7], pa.uint8()),
    ],
)
def test_users_may_be_of_any_type_of_texts_and_numbers(users):
    table = pa.table({"user": users, "item": ["x", "y", "x", "y"], "rating": [1, 2, 3, 4]})
    model = load(made(table))
    assert np.isfinite(model.score(table)).all()
    np.testing.assert_allclose(model.score(table), model.score_through_graph(table))


def test_one_rating_and_equal_ratings_are_learned():
    for rows in (1, 5):
        table = pa.table({"user": ["u"] * rows, "item": list(range(rows)), "rating": [4.0] * rows})
        np.testing.assert_allclose(load(made(table)).score(table), 4.0)


def test_nothing_observed_is_neither_learned_nor_ranked():
    table = pa.table(
        {"user": ["a", "a", "b", "b", "c"], "item": [1, 2, 1, 3, 3], "rating": [2.0, 0.0, float("nan"), 5.0, None]}
    )
    model = made(table, feedback_type="IMPLICIT")
    found = recommender_of(load(model))
    assert not found.users.factors[list(found.users.words).index("c") + 1].any()
    assert not found.items.factors[list(found.items.words).index(2.0) + 1].any()
    assert model.manifest.metrics["mean_average_precision"] == 1


def test_ranks_are_measured_as_scikit_learn_and_scipy_do():
    from scipy.stats import rankdata
    from sklearn.metrics import average_precision_score, ndcg_score

    random = np.random.default_rng(4)
    table = rated(200)
    model = made(table, feedback_type="IMPLICIT", num_factors=2)
    found = factors_of(recommender_of(load(model)))
    seen = np.where(random.random((30, 20)) < 0.2, random.integers(1, 5, (30, 20)), 0.0)
    seen[4] = 0
    users, items = np.nonzero(seen)
    scores = found.users @ found.items.T
    metrics = ranking_metrics(found, users, items, seen[users, items], scores[users, items], 1)
    asked = np.flatnonzero(seen.any(axis=1))
    precision = [average_precision_score(seen[user] > 0, scores[user]) for user in asked]
    assert metrics["mean_average_precision"] == pytest.approx(np.mean(precision))
    assert metrics["normalized_discounted_cumulative_gain"] == pytest.approx(ndcg_score(seen[asked], scores[asked]))
    places = (rankdata(-scores, axis=1) - 1) / 19
    assert metrics["average_rank"] == pytest.approx((places * seen).sum() / seen.sum())
    assert metrics["mean_squared_error"] == pytest.approx(np.mean((1 - scores[users, items]) ** 2))


def test_ranks_of_nobody_are_not_defined():
    found = factors_of(recommender_of(load(made(rated(200), feedback_type="IMPLICIT"))))
    none = np.empty(0, np.int64)
    assert all(value != value for value in ranking_metrics(found, none, none, none * 1.0, none * 1.0, 1).values())
    stranger = ranking_metrics(found, np.array([-1]), np.array([2]), np.ones(1), np.zeros(1), 1)
    assert stranger["mean_squared_error"] == 1
    assert stranger["average_rank"] != stranger["average_rank"]


def test_the_published_ratings_are_learned():
    lines = (Path(__file__).parents[1] / "data" / "bigquery-ml" / "ratings.jsonl").read_text().splitlines()
    table = pa.Table.from_pylist([json.loads(line) for line in lines])
    model = made(table, user_col="user_id", item_col="item_id", rating_col="rating", num_factors=6, l2_reg=9.83)
    assert model.manifest.label == "rating"
    assert [feature.name for feature in model.manifest.features] == ["user_id", "item_id"]
    assert model.manifest.metrics["mean_squared_error"] < np.var(table["rating"].to_numpy())
    assert [row["category_count"] for row in model.manifest.feature_info] == [
        len(table[name].unique()) for name in ("user_id", "item_id")
    ]
    assert {row["min"] for row in model.manifest.feature_info} == {None}


RATED = {"user": ["a", "b"], "item": [1, 2], "rating": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("columns", "options", "error", "words"),
    [
        ({**RATED, "age": [1, 2]}, {}, UntrainableModel, "'age' too"),
        (RATED, {"user_col": "usr"}, UnknownName, "user column 'usr'.*\n*.*Did you mean"),
        (RATED, {"item_col": "user"}, InvalidOption, "three columns"),
        ({**RATED, "user": [date(2024, 1, 1)] * 2}, {}, UntrainableModel, "texts or numbers"),
        ({**RATED, "item": [2**60, 2**60 + 1]}, {}, UntrainableModel, "2\\^53"),
        ({**RATED, "rating": [1.0, None]}, {}, UntrainableModel, "NULL in 1 row"),
        ({**RATED, "rating": ["good", "bad"]}, {}, UntrainableModel, "string"),
        ({**RATED, "rating": [float("inf"), 1.0]}, {}, UntrainableModel, "finite"),
        ({**RATED, "user": [None, None]}, {}, UntrainableModel, "no rating with a user"),
        ({**RATED, "rating": [0.0, 0.0]}, {"feedback_type": "IMPLICIT"}, UntrainableModel, "greater than 0"),
        ({**RATED, "rating": [-1.0, 2.0]}, {"feedback_type": "IMPLICIT"}, UntrainableModel, "first in row 1"),
        (RATED, {"warm_start": True}, InvalidOption, "warm_start"),
        (RATED, {"wals_alpha": 3.0}, InvalidOption, "IMPLICIT"),
        (RATED, {"num_factors": 1}, InvalidOption, "between 2 and 200"),
        (RATED, {"l2_reg": 0.0}, InvalidOption, "greater than 0"),
        (RATED, {"feedback_type": "EXPLICT"}, InvalidOption, "'EXPLICIT'"),
        (RATED, {"input_label_cols": ["rating"]}, InvalidOption, "input_label_cols"),
    ],
)
def test_what_does_not_fit_is_said(columns, options, error, words):
    with pytest.raises(error, match=words):
        made(pa.table(columns), **options)
