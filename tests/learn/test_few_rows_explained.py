"""What is explained late is explained of few rows, and that is told."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa

from penstock.learn.artifact import load_model
from penstock.learn.global_explanation import few_explained, global_attributions


def test_of_few_rows_it_is_told_how_many_of_enough_nothing(trained):
    rows = np.arange(400)
    table = pa.table({"x": rows * 1.0, "y": rows % 7, "label": rows * 2.0 + rows % 7})
    model = load_model(trained(table, model_type="boosted_tree_regressor", max_iterations=5).files, None)
    scores = model.score(table)
    late = global_attributions(model, table, scores, until=time.monotonic() - 1)
    assert few_explained(late, 400) == (
        f"What ML.GLOBAL_EXPLAIN shows is of {late['rows']} of 400 rows: there was no time for more.",
    )
    assert late["rows"] < 100
    assert few_explained(global_attributions(model, table, scores), 400) == ()
    assert few_explained({"rows": 3}, 3) == ()
