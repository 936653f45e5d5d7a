"""What AutoML does about what it finds: left out is left out of everything, the rest is told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.artifact import load_model
from penstock.learn.automl.fold import folds_of
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task

ROWS = 240


@pytest.fixture
def rows():
    random = np.random.default_rng(1)
    x = random.normal(size=ROWS)
    label = np.where(x + 0.3 * random.normal(size=ROWS) > 0, "예", "아니오")
    return pa.table(
        {
            "회원번호": [f"A{n:05}" for n in range(ROWS)],
            "x": x,
            "twin": x,
            "one": [1] * ROWS,
            "c": [f"c{n % 4}" for n in range(ROWS)],
            "label": label,
        }
    )


def automl(trained, rows, **options):
    return trained(rows, model_type="automl_classifier", max_candidates=1, derived_features=False, **options)


def test_identifiers_constants_and_copies_stay_inputs_that_change_nothing(trained, rows):
    made = automl(trained, rows)
    model = load_model(made.files, None)
    assert [feature.name for feature in made.manifest.features] == ["회원번호", "x", "twin", "one", "c"]
    others = {"회원번호": ["?"] * ROWS, "twin": np.zeros(ROWS), "one": np.arange(ROWS)}
    changed = rows
    for name, values in others.items():
        changed = changed.set_column(changed.column_names.index(name), name, pa.array(values))
    np.testing.assert_array_equal(model.score(rows), model.score(changed))
    explained = {row["feature"]: row["attribution"] for row in made.manifest.global_attributions["overall"]}
    assert all(explained[name] == 0 for name in others)
    assert explained["x"] > 0


def test_each_finding_is_a_warning_with_what_was_done_and_stands_in_the_details(trained, rows):
    made = automl(trained, rows)
    told = {warning.code: warning for warning in made.warnings}
    assert set(told) == {"identifier", "constant", "copy"}
    assert told["identifier"].message.startswith("'회원번호' has 240 different values in 240 rows")
    assert told["identifier"].hint.startswith("Left out.")
    recorded = made.manifest.details["search"]["findings"]
    assert {"label", *told} <= {finding["kind"] for finding in recorded}
    assert {"kind", "columns", "severity", "message", "done", "drops"} == set(recorded[0])


def test_a_leak_is_left_out_only_where_that_is_asked(trained, rows):
    leaking = rows.append_column("leak", pa.array([word + "!" for word in rows["label"].to_pylist()]))
    kept, dropped = (automl(trained, leaking, drop_leaks=drops) for drops in (False, True))
    assert kept.manifest.metrics["roc_auc"] == pytest.approx(1.0)
    assert dropped.manifest.metrics["roc_auc"] < 0.999
    for made in (kept, dropped):
        assert "leakage" in {warning.code for warning in made.warnings}


def test_a_table_of_nothing_else_keeps_what_would_be_left_out(trained, rows):
    made = automl(trained, rows.select(["회원번호", "label"]))
    (finding,) = [each for each in made.manifest.details["search"]["findings"] if each["kind"] == "identifier"]
    assert not finding["drops"]
    assert finding["done"].startswith("Kept all the same")


def test_rows_held_out_that_were_trained_on_are_told(trained, rows):
    both = pa.concat_tables([rows, rows.slice(0, 40)])
    both = both.append_column("judge", pa.array([False] * ROWS + [True] * 40))
    made = automl(trained, both, data_split_method="CUSTOM", data_split_col="judge")
    assert "row-on-both-sides" in {warning.code for warning in made.warnings}


@pytest.mark.parametrize("task", [Task.CLASSIFICATION, Task.REGRESSION])
def test_copies_of_a_row_are_in_one_fold(task):
    x = np.random.default_rng(2).normal(size=300)
    x[200:250] = x[:50]
    columns = pa.table({"x": x})
    target = np.arange(300) % 2 * 1.0
    classes = ("a", "b") if task is Task.CLASSIFICATION else ()
    data = TrainingData(columns, features_of(columns), target, np.zeros(300, bool), None, classes, task, 1, 1)
    folds = folds_of(data, "K_FOLD", None)
    assert len(folds) >= 5
    for fold in folds:
        assert not np.isin(x[fold.judged], x[fold.fitted]).any()


def test_a_table_of_few_kinds_of_rows_is_parted_by_rows():
    columns = pa.table({"x": np.arange(300) % 3})
    target = np.arange(300) % 2 * 1.0
    data = TrainingData(
        columns, features_of(columns), target, np.zeros(300, bool), None, ("a", "b"), Task.CLASSIFICATION, 1, 1
    )
    for fold in folds_of(data, "K_FOLD", None):
        assert set(columns["x"].to_numpy()[fold.fitted]) == {0, 1, 2}
        assert fold.judged.any()
