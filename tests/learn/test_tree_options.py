"""BigQuery ML's words for trees become LightGBM's, and what makes no sense is refused."""

from __future__ import annotations

import pytest

from penstock.core.errors import InvalidOption
from penstock.core.options import GivenOption
from penstock.learn.boosted_trees import BoostedTreeClassifier, BoostedTreeRegressor
from penstock.learn.random_forest import RandomForestClassifier
from penstock.learn.shared_options import resolve_options
from penstock.learn.tree_options import MAX_LEAVES, booster_parameters


def parameters(learner, rows=1_000_000, **given):
    values, findings = resolve_options({name: GivenOption(value) for name, value in given.items()}, learner)
    assert not findings, findings
    return booster_parameters(values, rows, forest=learner.model_type.startswith("random"))


def finding(learner, **given) -> str:
    _, findings = resolve_options({name: GivenOption(value) for name, value in given.items()}, learner)
    assert findings
    return str(findings[0])


def test_boosted_trees_start_from_the_published_defaults():
    assert parameters(BoostedTreeRegressor()) == {
        "boosting": "gbdt",
        "max_depth": 6,
        "num_leaves": 64,
        "learning_rate": 0.3,
        "lambda_l1": 0.0,
        "lambda_l2": 1.0,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": 1.0,
        "min_gain_to_split": 0.0,
        "feature_fraction": 1.0,
        "feature_fraction_bynode": 1.0,
        "min_data_per_group": 100,
        "histogram_pool_size": 1024,
        "max_cat_to_onehot": 4,
    }


def test_a_forest_draws_rows_and_columns_by_default():
    found = parameters(RandomForestClassifier())
    assert (found["boosting"], found["max_depth"], found["num_leaves"]) == ("rf", 15, MAX_LEAVES)
    assert (found["bagging_fraction"], found["bagging_freq"]) == (0.8, 1)
    assert found["feature_fraction_bynode"] == 0.8
    assert "learning_rate" not in found


@pytest.mark.parametrize(("depth", "leaves"), [(1, 2), (3, 8), (11, 2048), (20, MAX_LEAVES)])
def test_the_depth_alone_bounds_a_tree_up_to_the_most_leaves(depth, leaves):
    assert parameters(BoostedTreeRegressor(), max_tree_depth=depth)["num_leaves"] == leaves


def test_columns_by_level_and_by_node_multiply():
    found = parameters(BoostedTreeRegressor(), colsample_bylevel=0.5, colsample_bynode=0.6, colsample_bytree=0.7)
    assert found["feature_fraction_bynode"] == pytest.approx(0.3)
    assert found["feature_fraction"] == 0.7


def test_dart_drops_trees_as_xgboost_does():
    found = parameters(BoostedTreeClassifier(), booster_type="dart", dropout=0.25, subsample=0.5)
    assert {name: found[name] for name in ("boosting", "drop_rate", "skip_drop", "uniform_drop")} == {
        "boosting": "dart",
        "drop_rate": 0.25,
        "skip_drop": 0.0,
        "uniform_drop": True,
    }
    assert found["bagging_fraction"] == 0.5


def test_one_hot_encoding_parts_one_category_from_the_rest():
    assert parameters(BoostedTreeRegressor(), category_encoding_method="ONE_HOT_ENCODING")["max_cat_to_onehot"] > 10**6


def test_small_tables_judge_smaller_groups_of_categories():
    assert parameters(BoostedTreeRegressor(), rows=344)["min_data_per_group"] == 6


def test_dropout_without_dart_is_refused():
    with pytest.raises(InvalidOption, match="DART"):
        parameters(BoostedTreeRegressor(), dropout=0.1)


def test_dart_has_no_trees_side_by_side():
    with pytest.raises(InvalidOption, match="one tree each"):
        parameters(BoostedTreeRegressor(), booster_type="DART", num_parallel_tree=2)


@pytest.mark.parametrize(
    ("learner", "given", "words"),
    [
        (BoostedTreeRegressor(), {"num_parallel_tree": 0}, "between 1 and 1000"),
        (BoostedTreeRegressor(), {"dart_normalize_type": "WOOD"}, "'TREE'"),
        (BoostedTreeRegressor(), {"colsample_bytree": 0.0}, "greater than 0 and at most 1"),
        (BoostedTreeRegressor(), {"learn_rate": 0.0}, "greater than 0"),
        (BoostedTreeRegressor(), {"max_tree_depth": 0}, "between 1 and 50"),
        (RandomForestClassifier(), {"subsample": 1.0}, "less than 1"),
        (RandomForestClassifier(), {"num_parallel_tree": 1}, "between 2 and 1000"),
        (RandomForestClassifier(), {"max_iterations": 5}, "num_parallel_tree"),
        (RandomForestClassifier(), {"learn_rate": 0.1}, "There is no option 'learn_rate'"),
        (BoostedTreeClassifier(), {"max_tree_deep": 3}, "max_tree_depth"),
    ],
)
def test_a_senseless_value_is_a_finding_that_says_what_to_do(learner, given, words):
    assert words in finding(learner, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"booster_type": "DART", "dart_normalize_type": "FOREST"}, "FOREST it does not have"),
        ({"dart_normalize_type": "FOREST"}, "belongs to booster_type = 'DART'"),
        ({"booster_type": "DART", "num_parallel_tree": 3}, "drops single trees"),
    ],
)
def test_what_lightgbm_has_no_way_for_is_refused_with_the_reason(given, message):
    with pytest.raises(InvalidOption, match=message):
        parameters(BoostedTreeRegressor(), **given)
