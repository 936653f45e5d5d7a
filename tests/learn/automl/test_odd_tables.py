"""AutoML ends with a model that predicts, or with a message, whatever the table is like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UserError
from penstock.learn.artifact import LoadedModel, load_model
from penstock.learn.automl.fold import Folding, folding_of
from penstock.learn.learner import TrainingData

CLASSIFIER, REGRESSOR = "automl_classifier", "automl_regressor"
QUICK = {"max_candidates": 1, "budget_seconds": 10}


def numbers(rows: int, columns: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(rows)
    return {f"c{place}": random.normal(size=rows) for place in range(columns)}


def every_other(rows: int, classes: int = 2) -> np.ndarray:
    return np.arange(rows) % classes


def mostly_missing(rows: int) -> dict[str, pa.Array]:
    random = np.random.default_rng(0)
    return {
        name: pa.array(np.where(random.random(rows) < 0.9, None, values), pa.float64())
        for name, values in numbers(rows, 8).items()
    }


MOMENTS = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=row) for row in range(40)]
INFINITE = np.where(every_other(40, 7) == 0, np.inf, np.where(every_other(40, 11) == 0, -np.inf, np.nan))
# What becomes a model.
TABLES: dict[str, tuple[str, dict[str, object]]] = {
    "two rows": (REGRESSOR, {**numbers(2, 3), "label": [1.0, 2.0]}),
    "two rows, a class each": (CLASSIFIER, {**numbers(2, 3), "label": [0, 1]}),
    "three rows": (CLASSIFIER, {**numbers(3, 3), "label": [0, 1, 0]}),
    "30 rows": (CLASSIFIER, {**numbers(30, 3), "label": every_other(30)}),
    "one column": (CLASSIFIER, {**numbers(40, 1), "label": every_other(40)}),
    "500 columns": (REGRESSOR, {**numbers(30, 500), "label": np.arange(30.0)}),
    "90 % missing": (CLASSIFIER, {**mostly_missing(60), "label": every_other(60)}),
    "a class a row": (CLASSIFIER, {**numbers(12, 2), "label": [f"k{row}" for row in range(12)]}),
    "a class of one row": (CLASSIFIER, {**numbers(40, 2), "label": ["rare", *["a", "b"] * 19, "a"]}),
    "a class of one row, of two": (CLASSIFIER, {**numbers(40, 2), "label": ["rare", *["a"] * 39]}),
    "all text": (CLASSIFIER, {"a": [f"t{row % 9} hello" for row in range(40)], "label": every_other(40)}),
    "Korean": (
        CLASSIFIER,
        {"이름": ["김", "이", "박", None] * 10, "나이 (세)": range(40), "label": ["예", "아니오"] * 20},
    ),
    "a constant number": (REGRESSOR, {**numbers(40, 2), "label": np.ones(40)}),
    "columns of NULL": (CLASSIFIER, {"n": pa.nulls(40), "s": pa.nulls(40, pa.string()), "label": every_other(40)}),
    "copies of few rows": (CLASSIFIER, {"a": [1.0, 2.0] * 20, "label": every_other(40)}),
    "copies of one row": (CLASSIFIER, {"a": [1.0] * 40, "label": every_other(40)}),
    "infinite numbers": (CLASSIFIER, {"a": INFINITE, **numbers(40, 1), "label": every_other(40)}),
    "huge numbers": (REGRESSOR, {"a": numbers(40, 1)["c0"] * 1e300, "label": np.arange(40.0)}),
    "tiny labels": (REGRESSOR, {**numbers(40, 2), "label": np.arange(40.0) * 1e-200}),
    "decimals": (
        REGRESSOR,
        {"a": [Decimal(row) / 8 for row in range(40)], "label": [Decimal(row) for row in range(40)]},
    ),
    "dates": (CLASSIFIER, {"d": [None, *(at.date() for at in MOMENTS[1:])], "t": MOMENTS, "label": every_other(40)}),
    "times of day": (CLASSIFIER, {"t": [time(row % 24) for row in range(40)], "label": every_other(40)}),
    "arrays": (
        CLASSIFIER,
        {
            "v": [[1.0, row] for row in range(40)],
            "w": [["a", "b"][: row % 3] for row in range(40)],
            "label": every_other(40),
        },
    ),
    "structs": (CLASSIFIER, {"s": [{"x": row, "y": "q"} for row in range(40)], "label": every_other(40)}),
    "labels of BOOL": (CLASSIFIER, {**numbers(40, 2), "label": every_other(40) == 0}),
    "labels of DATE": (CLASSIFIER, {**numbers(40, 2), "label": [date(2020, 1, 1 + row % 2) for row in range(40)]}),
}


@pytest.mark.parametrize("name", TABLES)
def test_an_odd_table_becomes_a_model_that_answers(trained, name):
    model_type, columns = TABLES[name]
    table = pa.table(columns)
    made = trained(table, model_type=model_type, **QUICK)
    scores = load_model(made.files, None).score(table)
    assert np.isfinite(scores).all()
    if model_type == CLASSIFIER:
        assert np.allclose(scores.sum(axis=1), 1.0)


# What is refused, and what is said.
REFUSED: dict[str, tuple[str, dict[str, object], str]] = {
    "one row": (REGRESSOR, {**numbers(1, 2), "label": [1.0]}, "needs two rows"),
    "no row": (REGRESSOR, {"a": pa.array([], pa.float64()), "label": pa.array([], pa.float64())}, "gives no rows"),
    "no column": (CLASSIFIER, {"label": every_other(40)}, "gives no feature"),
    "one class": (CLASSIFIER, {**numbers(40, 2), "label": ["a"] * 40}, "has one class only"),
    "too many classes": (
        CLASSIFIER,
        {**numbers(1001, 1), "label": [f"k{row}" for row in range(1001)]},
        "1,001 classes",
    ),
    "NULL among labels": (CLASSIFIER, {**numbers(3, 2), "label": [1, None, 0]}, "NULL in 1 row"),
    "labels of NULL": (CLASSIFIER, {**numbers(3, 2), "label": pa.nulls(3, pa.int64())}, "NULL in 3 rows"),
    "infinite labels": (REGRESSOR, {**numbers(3, 2), "label": [1.0, np.inf, 0.0]}, "not a finite number"),
    "a text for a number": (REGRESSOR, {**numbers(2, 2), "label": ["a", "b"]}, "has the type string"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_learned_is_refused_in_words(trained, name):
    model_type, columns, words = REFUSED[name]
    with pytest.raises(UserError, match=words):
        trained(pa.table(columns), model_type=model_type, **QUICK)


PARTED = pa.table(
    {
        **numbers(60, 2),
        "held": every_other(60, 5) == 0,
        "at": np.arange(60),
        "group": [f"g{row % 6}" for row in range(60)],
        "pair": every_other(60),
        "one": np.ones(60),
        "weight": every_other(60).astype(float),
        "list": [[1.0]] * 60,
        "label": every_other(60, 3),
    }
)
AT, GROUP, PAIR = (PARTED.column(name).to_numpy(zero_copy_only=False) for name in ("at", "group", "pair"))


def judged_by_earlier(folding: Folding) -> bool:
    return all(AT[fold.fitted].max() < AT[fold.judged].min() for fold in folding.folds)


def whole_on_one_side(of_row: np.ndarray) -> Callable[[Folding], bool]:
    return lambda folding: not any(set(of_row[fold.fitted]) & set(of_row[fold.judged]) for fold in folding.folds)


def turns(count: int) -> Callable[[Folding], bool]:
    return lambda folding: len(folding.folds) == count


def drawn(folding: Folding) -> bool:
    """At random, the rows that are few drawn anew four times."""
    return len(folding.folds) == 20


@pytest.mark.parametrize(
    ("options", "held_out", "compared"),
    [
        ({}, 0, drawn),
        ({"data_split_method": "CUSTOM", "data_split_col": "held"}, 12, drawn),
        ({"data_split_method": "RANDOM", "data_split_eval_fraction": 0.2}, None, drawn),
        ({"data_split_method": "K_FOLD", "data_split_folds": 3}, 0, turns(3)),
        ({"validation": "K_FOLD"}, 0, drawn),
        ({"validation": "GROUPED", "validation_col": "group"}, 0, whole_on_one_side(GROUP)),
        ({"validation": "GROUPED", "validation_col": "pair"}, 0, whole_on_one_side(PAIR)),
        ({"validation": "TIME", "validation_col": "at"}, 0, judged_by_earlier),
        ({"validation": "TIME", "validation_col": "pair"}, 0, turns(1)),
        ({"data_split_method": "TIME", "data_split_col": "at"}, 0, judged_by_earlier),
        ({"data_split_method": "TIME", "data_split_col": "at", "data_split_folds": 2}, 0, turns(2)),
        (
            {"data_split_method": "GROUPED", "data_split_col": "group", "data_split_folds": 3},
            0,
            whole_on_one_side(GROUP),
        ),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_rows_are_held_out_and_compared_as_is_asked(trained, monkeypatch, options, held_out, compared):
    used: list[Folding] = []

    def watched(*given: object) -> Folding:
        used.append(folding_of(*given))
        return used[-1]

    monkeypatch.setattr("penstock.learn.automl.prepared_table.folding_of", watched)
    made = trained(PARTED.drop_columns(["list"]), model_type=CLASSIFIER, **{**QUICK, **options})
    (folding,) = used
    assert compared(folding)
    if held_out is not None:
        assert made.manifest.held_out_rows == held_out
    named = {str(value) for name, value in options.items() if name.endswith("_col")}
    assert not named & {feature.name for feature in made.manifest.features}
    assert LoadedModel(made.manifest, made.files).score(PARTED).shape == (60, 3)


@pytest.mark.parametrize("method", ["SEQ", "GROUPED"])
def test_who_holds_out_what_came_last_or_groups_compares_in_the_same_way(trained, monkeypatch, method):
    asked = []

    def watched(data: TrainingData, how: str, column: pa.Table, *more: object) -> Folding:
        asked.append((how, column.column_names))
        return folding_of(data, how, column, *more)

    monkeypatch.setattr("penstock.learn.automl.prepared_table.folding_of", watched)
    column = "at" if method == "SEQ" else "group"
    made = trained(
        PARTED.drop_columns(["list"]),
        model_type=CLASSIFIER,
        **{**QUICK, "data_split_method": method, "data_split_col": column},
    )
    assert asked == [({"SEQ": "TIME"}.get(method, method), [column])]
    assert made.manifest.held_out_rows >= 10
    if method == "SEQ":
        assert made.manifest.held_out_rows == 12


# Labels drawn at random say nothing: what a model says of them is how often each occurs among the rows that count.
@pytest.mark.parametrize(
    ("options", "shares"),
    [
        ({}, [0.6, 0.3, 0.1]),
        ({"auto_class_weights": True}, [1 / 3, 1 / 3, 1 / 3]),
        ({"class_weights": [{"c": "0", "w": 1.0}, {"c": "1", "w": 2.0}, {"c": "2", "w": 24.0}]}, [1 / 6, 1 / 6, 2 / 3]),
        ({"instance_weight_col": "weight"}, [0.0, 0.75, 0.25]),
    ],
    ids=str,
)
def test_rows_and_classes_weigh_as_much_as_is_asked(trained, options, shares):
    label = np.repeat([0, 1, 2], [180, 90, 30])
    x = np.random.default_rng(7).normal(size=300)
    weight = {"weight": (label > 0).astype(float)} if "instance_weight_col" in options else {}
    table = pa.table({"x": x, **weight, "label": label})
    made = trained(table, model_type=CLASSIFIER, **{**QUICK, **options})
    # Of rows that it has not seen; those that it has it half remembers.
    others = pa.table({"x": np.random.default_rng(8).normal(size=2_000)})
    assert load_model(made.files, None).score(others).mean(axis=0) == pytest.approx(shares, abs=0.1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"validation": "GROUPED"}, "needs a column to go by"),
        ({"validation": "TIME"}, "needs a column to go by"),
        ({"validation_col": "group"}, "needs a validation that reads it"),
        ({"validation": "GROUPED", "validation_col": "grup"}, "no validation_col column 'grup'"),
        ({"validation": "GROUPED", "validation_col": "one"}, "'one' has 1 value; GROUPED compares two"),
        ({"validation": "TIME", "validation_col": "one"}, "'one' has 1 value; TIME compares two"),
        ({"validation": "TIME", "validation_col": "list"}, "TIME goes by a number, text, date or timestamp"),
        ({"num_trials": 3}, "no option 'num_trials'.*\n.*searches by itself"),
        ({"metric": "pr_auc"}, "pr_auc is a measure of two classes; the label has 3"),
        ({"metric": "rmse"}, "must be one of"),
        ({"metric": "log_loss", "optimization_objective": "MINIMIZE_LOG_LOSS"}, "exclude each other"),
        ({"budget_seconds": 20, "budget_hours": 1}, "exclude each other"),
        ({"budget_seconds": 5}, "at least 10"),
        ({"data_split_method": "CUSTOM", "data_split_col": "list"}, "a BOOL column"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_words(trained, options, words):
    with pytest.raises(UserError, match=words):
        trained(PARTED, model_type=CLASSIFIER, **{**QUICK, **options})


def test_a_measure_that_the_label_has_not_is_refused(trained):
    table = pa.table({**numbers(40, 2), "label": np.arange(40.0) - 5})
    with pytest.raises(UserError, match="goes down to -5"):
        trained(table, model_type=REGRESSOR, metric="rmsle")
