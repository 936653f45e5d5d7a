"""AutoML: what a search within a budget finds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.manifest import OUT_OF_FOLD


def wavy(rows=600):
    random = np.random.default_rng(5)
    x = random.normal(size=(rows, 3))
    y = np.sin(2 * x[:, 0]) + 0.3 * x[:, 1] + 0.05 * random.normal(size=rows)
    return pa.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": y})


def test_what_is_found_does_no_worse_than_one_booster(trained):
    kept = trained(wavy(), model_type="automl_regressor", max_candidates=2)
    usual = trained(wavy(), model_type="boosted_tree_regressor")
    assert kept.manifest.metrics["mean_squared_error"] < usual.manifest.metrics["mean_squared_error"]


def test_every_row_is_judged_by_models_of_other_rows(trained):
    table = wavy(60)
    model = trained(table, model_type="automl_regressor", max_candidates=2)
    assert model.manifest.judged_on == OUT_OF_FOLD
    assert load_model(model.files, None).score(table).shape == (60,)


def test_an_objective_of_the_other_task_is_refused(trained):
    with pytest.raises(InvalidOption, match="MINIMIZE_RMSE"):
        trained(wavy(60), model_type="automl_regressor", optimization_objective="MAXIMIZE_AU_ROC")
