"""What is wrong about one option of a model points at that option."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.diagnostics import Diagnostic

if TYPE_CHECKING:
    from conftest import Work

Project = Callable[..., "Work"]
Complaint = Callable[[Callable[[], object]], Diagnostic]
STARS = "model_type = 'matrix_factorization', item_col = 'id', rating_col = 'y'"
CHANGE = "model_type = 'contribution_analysis', is_test_col = 'late'"
SERIES = "model_type = 'arima_plus', time_series_timestamp_col = 'at', time_series_data_col = 'y'"


@pytest.mark.parametrize(
    ("others", "wrong", "words"),
    [
        (STARS, "user_col = 'cty'", "Did you mean 'city'?"),
        ("model_type = 'matrix_factorization', user_col = 'id', rating_col = 'y'", "item_col = 'id'", None),
        (f"{STARS}, user_col = 'city'", "feedback_type = 'implict'", "Did you mean 'IMPLICIT'?"),
        (CHANGE, "contribution_metric = 'SUM(chrge)'", "Did you mean 'charge'?"),
        (CHANGE, "contribution_metric = 'SUM(city)'", None),
        (
            f"{CHANGE}, contribution_metric = 'SUM(charge)', min_apriori_support = 0.1",
            "top_k_insights_by_apriori_support = 9",
            "Give one of them.",
        ),
        (SERIES, "data_frequency = 'MONTLY'", "Did you mean 'MONTHLY'?"),
        (SERIES, "time_series_id_col = 'cty'", "Did you mean 'city'?"),
        ("model_type = 'linear_reg'", "input_label_cols = ['yy']", None),
        ("model_type = 'linear_reg', input_label_cols = ['y']", "data_split_method = 'SEQU'", "Did you mean 'SEQ'?"),
        ("input_label_cols = ['y']", "model_type = 'liner_reg'", "Did you mean 'linear_reg'?"),
        (
            "model_type = 'logistic_reg', input_label_cols = ['city'], category_encoding_method = 'DUMMY_ENCODING'",
            "calculate_p_values = TRUE",
            None,
        ),
        ("model_type = 'kmeans', num_clusters = 3", "kmeans_init_method = 'CUSTOM'", "Name it with kmeans_init_col."),
        ("model_type = 'kmeans', num_clusters = 3, kmeans_init_method = 'CUSTOM'", "kmeans_init_col = 'late'", None),
        (
            "model_type = 'pca', num_principal_components = 2",
            "pca_explained_variance_ratio = 0.9",
            "Leave one of them out.",
        ),
    ],
)
@pytest.mark.parametrize("in_project", [True, False])
def test_the_place_is_that_of_the_option(
    project: Project, complaint: Complaint, others: str, wrong: str, words: str | None, in_project: bool
) -> None:
    moment = ", make_date(2020, 1, 1) AS at" if others == SERIES else ""
    query = f"SELECT id, y, city, id * 2 AS charge, id % 2 = 1 AS late{moment} FROM hours"
    sql = f"CREATE MODEL m OPTIONS ({others},\n  {wrong}\n) AS {query};"
    work = project(sql if in_project else "")
    if not in_project:
        work.run()
    found = complaint(work.run if in_project else lambda: work.sql(sql))
    assert str(found.span) == ("project.sql" if in_project else "sql") + ":2:3"
    if words:
        assert found.hint == words
