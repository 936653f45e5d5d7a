"""Standard errors and p-values against certified and published numbers, and against the textbook's formulas."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption, UntrainableModel

P_VALUES = {"calculate_p_values": True, "category_encoding_method": "DUMMY_ENCODING", "data_split_method": "NO_SPLIT"}


def advanced(model, *, standardised=False):
    rows = model.manifest.details["standardized_advanced_weights" if standardised else "advanced_weights"]
    return {(row["processed_input"], row["category"]): row for row in rows}


# NIST, Statistical Reference Datasets, linear regression: Norris (calibration of ozone monitors), certified values.
NORRIS_Y = """0.1 338.8 118.1 888.0 9.2 228.1 668.5 998.5 449.1 778.9 559.2 0.3 0.1 778.1 668.8 339.3 448.9 10.8 557.7
228.3 998.0 888.8 119.6 0.3 0.6 557.6 339.3 888.0 998.5 778.9 10.2 117.6 228.9 668.4 449.2 0.2"""
NORRIS_X = """0.2 337.4 118.2 884.6 10.1 226.5 666.3 996.3 448.6 777.0 558.2 0.4 0.6 775.5 666.9 338.0 447.5 11.6 556.0
228.1 995.8 887.6 120.2 0.3 0.3 556.8 339.1 887.2 999.0 779.0 11.1 118.3 229.2 669.1 448.9 0.5"""


def test_standard_errors_of_a_line_are_the_certified_ones_of_nist(trained):
    table = pa.table({"x": np.array(NORRIS_X.split(), float), "label": np.array(NORRIS_Y.split(), float)})
    found = advanced(trained(table, model_type="linear_reg", **P_VALUES))
    slope, intercept = found["x", None], found["__INTERCEPT__", None]
    assert slope["weight"] == pytest.approx(1.00211681802045, rel=1e-10)
    assert slope["standard_error"] == pytest.approx(0.429796848199937e-03, rel=1e-9)
    assert intercept["weight"] == pytest.approx(-0.262323073774029, rel=1e-9)
    assert (intercept["standard_error"], intercept["p_value"]) == (None, None)
    z = 1.00211681802045 / 0.429796848199937e-03
    assert slope["p_value"] == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-8)


# Hours of study and whether the examination was passed: the worked example of Wikipedia's "Logistic regression".
HOURS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5]
PASSED = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]


def test_p_values_of_a_logistic_curve_are_the_published_ones(trained):
    table = pa.table({"hours": HOURS, "label": PASSED})
    found = advanced(trained(table, model_type="logistic_reg", **P_VALUES))
    hours, intercept = found["hours", None], found["__INTERCEPT__", None]
    published = pytest.approx
    assert (hours["weight"], hours["standard_error"], hours["p_value"]) == (
        published(1.5046, abs=5e-5),
        published(0.6287, abs=5e-5),
        published(0.0167, abs=5e-5),
    )
    assert intercept["weight"] == published(-4.0777, abs=5e-5)


def mixed(rows=300, seed=3):
    rng = np.random.default_rng(seed)
    table = {
        "a": rng.normal(50, 8, rows),
        "b": rng.exponential(3, rows),
        "color": rng.choice(["red", "red", "green", "blue"], rows),
        "on": rng.choice([True, False, False], rows),
    }
    score = 0.05 * table["a"] - 0.4 * table["b"] + (table["color"] == "green") + 0.5 * table["on"]
    return pa.table(table), score, rng


def design(table):
    """The matrix that a statistician would write down: the most frequent category of each column left out."""
    color, on = np.array(table["color"].to_pylist()), np.array(table["on"].to_pylist())
    columns = [np.ones(len(color)), table["a"].to_numpy(), table["b"].to_numpy()]
    return np.column_stack([*columns, color == "blue", color == "green", on]).astype(float)


ORDER = [("__INTERCEPT__", None), ("a", None), ("b", None), ("color", "blue"), ("color", "green"), ("on", "true")]


@pytest.mark.parametrize("penalty", [0.0, 25.0])
def test_with_categories_they_are_those_of_the_dummy_coded_matrix(trained, penalty):
    table, score, rng = mixed()
    target = score + rng.normal(size=300)
    model = trained(table.append_column("label", pa.array(target)), model_type="linear_reg", l2_reg=penalty, **P_VALUES)
    found = advanced(model)
    matrix = design(table)
    centred = matrix.copy()
    scale = np.array([1, matrix[:, 1].std(ddof=1), matrix[:, 2].std(ddof=1), 1, 1, 1])
    centred[:, 1:3] -= matrix[:, 1:3].mean(axis=0)
    gram = (centred / scale).T @ (centred / scale)
    inverse = np.linalg.inv(gram + np.diag([0.0, *[penalty] * 5]))
    weights = inverse @ (centred / scale).T @ target
    spread = np.sum((target - centred / scale @ weights) ** 2) / (300 - 6)
    errors = np.sqrt(np.diag(spread * inverse @ gram @ inverse)) / scale
    np.testing.assert_allclose([found[key]["weight"] for key in ORDER[1:]], (weights / scale)[1:], rtol=1e-9)
    np.testing.assert_allclose([found[key]["standard_error"] for key in ORDER[1:]], errors[1:], rtol=1e-8)
    standard = advanced(model, standardised=True)
    np.testing.assert_allclose([standard[key]["standard_error"] for key in ORDER], errors * scale, rtol=1e-8)
    assert found["color", "red"] == {
        "processed_input": "color",
        "category": "red",
        "weight": 0.0,
        "standard_error": None,
        "p_value": None,
    }


def test_in_the_inputs_own_units_they_are_those_of_the_unscaled_matrix_and_the_intercept_has_none(trained):
    table, score, rng = mixed()
    target = score + rng.normal(size=300)
    found = advanced(trained(table.append_column("label", pa.array(target)), model_type="linear_reg", **P_VALUES))
    matrix = design(table)
    inverse = np.linalg.inv(matrix.T @ matrix)
    weights = inverse @ matrix.T @ target
    spread = np.sum((target - matrix @ weights) ** 2) / (300 - 6)
    np.testing.assert_allclose(
        [found[key]["standard_error"] for key in ORDER[1:]], np.sqrt(spread * np.diag(inverse))[1:], rtol=1e-8
    )
    intercept = found["__INTERCEPT__", None]
    assert (intercept["standard_error"], intercept["p_value"]) == (None, None)


def test_of_classes_they_come_from_the_information_of_the_weighted_rows(trained):
    table, score, rng = mixed()
    passed = (score - score.mean() + rng.logistic(size=300) > 0).astype(int)
    weights = {"class_weights": [["0", 3.0], ["1", 1.0]]}
    rows = table.append_column("label", pa.array(passed))
    found = advanced(trained(rows, model_type="logistic_reg", **weights, **P_VALUES))
    matrix = design(table)
    solution = np.array([found[key]["weight"] for key in ORDER])
    share = 1 / (1 + np.exp(-matrix @ solution))
    of_rows = np.where(passed == 0, 3.0, 1.0)
    assert np.abs(matrix.T @ (of_rows * (passed - share))).max() < 1e-2
    information = matrix.T @ (matrix * (of_rows * share * (1 - share))[:, None])
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    np.testing.assert_allclose([found[key]["standard_error"] for key in ORDER[1:]], errors[1:], rtol=1e-8)


def test_a_label_of_pure_noise_gives_p_values_that_are_evenly_spread(trained):
    rng = np.random.default_rng(5)
    columns = {f"x{i}": rng.normal(size=2000) for i in range(200)}
    table = pa.table({**columns, "label": rng.normal(size=2000)})
    rows = advanced(trained(table, model_type="linear_reg", **P_VALUES))
    values = np.sort([row["p_value"] for (name, _), row in rows.items() if name != "__INTERCEPT__"])
    # The distance of Kolmogorov and Smirnov; 0.115 is its value for a p of 0.01.
    assert np.abs(values - np.linspace(0, 1, 200)).max() < 0.115


def test_without_an_intercept_there_is_no_error_of_it(trained):
    table, score, rng = mixed()
    rows = table.append_column("label", pa.array(score + rng.normal(size=300)))
    found = advanced(trained(rows, model_type="linear_reg", fit_intercept=False, **P_VALUES), standardised=True)
    intercept = found["__INTERCEPT__", None]
    assert (intercept["weight"], intercept["standard_error"], intercept["p_value"]) == (0.0, None, None)


@pytest.mark.parametrize("model_type", ["linear_reg", "logistic_reg"])
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"category_encoding_method": "ONE_HOT_ENCODING"}, "needs category_encoding_method = 'DUMMY_ENCODING'"),
        ({"l1_reg": 0.5}, "no meaning with l1_reg"),
    ],
)
def test_options_under_which_p_values_have_no_meaning_are_refused(trained, model_type, options, problem):
    with pytest.raises(InvalidOption, match=problem):
        trained(pa.table({"x": HOURS, "label": PASSED}), model_type=model_type, **(P_VALUES | options))


def test_more_than_two_classes_and_too_many_categories_are_refused(trained):
    table = pa.table({"x": np.arange(30.0) % 7, "label": [i % 3 for i in range(30)]})
    with pytest.raises(InvalidOption, match="two classes, not for more"):
        trained(table, model_type="logistic_reg", **P_VALUES)
    many = pa.table({"c": [f"c{i % 1000}" for i in range(3000)], "label": np.random.default_rng(0).normal(size=3000)})
    with pytest.raises(InvalidOption, match="fewer than 1,000 columns and categories in all, not 1,000"):
        trained(many, model_type="linear_reg", **P_VALUES)


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"twice": np.arange(20.0) * 2 + 3}, "'x', 'twice'"),
        ({"always": np.full(20, 7.0)}, "'always'"),
        (
            {"half": [f"h{i % 2}" for i in range(20)], "other half": [f"o{i % 2}" for i in range(20)]},
            "'half', 'other half'",
        ),
    ],
)
def test_inputs_that_depend_on_one_another_are_named(trained, extra, named):
    rng = np.random.default_rng(1)
    table = pa.table({"x": np.arange(20.0), **extra, "label": rng.normal(size=20)})
    with pytest.raises(UntrainableModel, match=f"the weights of {named} cannot be told apart"):
        trained(table, model_type="linear_reg", **P_VALUES)


def test_as_many_weights_as_rows_leave_nothing_to_be_sure_of(trained):
    table = pa.table({"x": [1.0, 3.0], "label": [2.0, 7.0]})
    with pytest.raises(UntrainableModel, match="2 rows are too few for p-values of 2 weights"):
        trained(table, model_type="linear_reg", **P_VALUES)
