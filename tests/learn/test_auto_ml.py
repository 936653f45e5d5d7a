"""AutoML: boosted trees whose size is searched for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.auto_ml import AutoMl
from penstock.learn.schema import Task
from penstock.testing.learner_checks import learner_checks

LEARNERS = (AutoMl("automl_classifier", Task.CLASSIFICATION), AutoMl("automl_regressor", Task.REGRESSION))


@pytest.mark.parametrize("check", [check for learner in LEARNERS for check in learner_checks(learner)], ids=str)
def test_learner(check):
    check()


def wavy(rows=600):
    random = np.random.default_rng(5)
    x = random.normal(size=(rows, 3))
    y = np.sin(2 * x[:, 0]) + 0.3 * x[:, 1] + 0.05 * random.normal(size=rows)
    return pa.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": y})


def test_the_size_that_is_kept_does_no_worse_than_the_usual_one(trained):
    kept = trained(wavy(), model_type="automl_regressor")
    usual = trained(wavy(), model_type="boosted_tree_regressor")
    assert kept.manifest.metrics["mean_squared_error"] < usual.manifest.metrics["mean_squared_error"]


def test_few_rows_judge_the_sizes_and_are_fitted_on_at_last(trained):
    table = wavy(60)
    model = trained(table, model_type="automl_regressor")
    assert model.manifest.details["importances"]
    assert load_model(model.files, None).score(table).shape == (60,)


def test_an_objective_of_the_other_task_is_refused(trained):
    with pytest.raises(InvalidOption, match="MINIMIZE_RMSE"):
        trained(wavy(60), model_type="automl_regressor", optimization_objective="MAXIMIZE_AU_ROC")
