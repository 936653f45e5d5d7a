"""Options: every one documented, checked by name, read whatever their case, in agreement with each other."""

from __future__ import annotations

import pytest

from penstock.core.options import GivenOption
from penstock.learn.registry import learners
from penstock.learn.shared_options import class_weight, option_specs, resolve_options

LEARNERS = learners()


def resolve(model_type="boosted_tree_classifier", **options):
    return resolve_options({name: GivenOption(value) for name, value in options.items()}, LEARNERS[model_type])


@pytest.mark.parametrize("model_type", sorted(LEARNERS))
def test_every_option_of_every_model_type_is_documented_once(model_type):
    specs = option_specs(LEARNERS[model_type])
    assert len({spec.name for spec in specs}) == len(specs)
    assert all(len(spec.doc) > 10 for spec in specs)


@pytest.mark.parametrize("model_type", sorted(LEARNERS))
def test_without_options_every_model_type_has_values_for_all(model_type):
    values, findings = resolve(model_type)
    assert not findings
    assert {spec.name for spec in option_specs(LEARNERS[model_type])} <= set(values)


def test_given_values_are_read_in_any_case_and_null_is_the_default():
    values, findings = resolve(Max_Iterations=7, data_split_METHOD="no_split", early_stop=None)
    assert not findings
    assert (values["max_iterations"], values["data_split_method"], values["early_stop"]) == (7, "NO_SPLIT", True)


def test_a_number_may_be_given_without_a_point():
    assert resolve(min_rel_progress=1)[0]["min_rel_progress"] == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"auto_class_weights": True, "class_weights": [["a", 1.0]]}, "exclude each other"),
        ({"data_split_col": "x"}, "needs a data_split_method"),
        ({"data_split_method": "SEQ"}, "needs a column"),
        ({"data_split_eval_fraction": 0.5}, "needs a data_split_method"),
        ({"data_split_method": "RANDOM", "data_split_eval_fraction": 1.0}, "strictly between 0 and 1"),
        ({"input_label_cols": ["a", "b"]}, "exactly one column"),
        ({"class_weights": [["a", -1.0]]}, "greater than 0"),
        ({"class_weights": ["a"]}, "greater than 0"),
    ],
)
def test_options_that_contradict_each_other_or_are_out_of_bounds_are_found(options, message):
    _, (finding,) = resolve(**options)
    assert message in finding.message
    assert finding.code == "option"


def test_a_regression_has_no_class_weights():
    _, (finding,) = resolve("linear_reg", auto_class_weights=True)
    assert "no option 'auto_class_weights'" in finding.message


@pytest.mark.parametrize(
    ("item", "pair"),
    [
        (["yes", 2], ("yes", 2.0)),
        ({"label": True, "weight": 0.5}, ("true", 0.5)),
        ([3, 1.5], ("3", 1.5)),
        (["yes", True], None),
        (["yes"], None),
        ("yes", None),
        (["yes", float("inf")], None),
    ],
)
def test_a_class_weight_is_a_pair_of_class_and_positive_number(item, pair):
    assert class_weight(item) == pair


@pytest.mark.parametrize(
    ("option", "types"),
    [
        ("model_path", "onnx, xgboost, tensorflow, tensorflow_lite"),
        ("endpoint", "remote"),
        ("prompt_col", "remote"),
        ("num_clusters", "kmeans"),
    ],
)
def test_an_option_of_other_model_types_is_told_with_these(option, types):
    _, findings = resolve("linear_reg", **{option: "x"})
    assert [(finding.message, finding.hint) for finding in findings] == [
        (f"There is no option {option!r} for model type linear_reg.", f"It belongs to {types}.")
    ]
