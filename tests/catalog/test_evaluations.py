from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from penstock.catalog.evaluations import Evaluation, add_evaluation, latest_evaluation, list_evaluations


def test_evaluations_come_back_newest_first(catalog, now):
    first = Evaluation(
        "Watch",
        now,
        None,
        now,
        120,
        {"max_psi": 0.31, "accuracy": None, "null_rate": float("nan")},
        ({"column": "기온", "psi": 0.31},),
        True,
        "max_psi is 0.31",
    )
    second = replace(first, at=now + timedelta(hours=1), window_start=now, breached=False)
    other = replace(first, monitor="other", at=now + timedelta(hours=2), columns=(), breached=None)
    for evaluation in (first, second, other):
        add_evaluation(catalog, evaluation)
    without_nan = {"max_psi": 0.31, "accuracy": None, "null_rate": None}
    assert list_evaluations(catalog, "watch") == [
        replace(second, measures=without_nan),
        replace(first, measures=without_nan),
    ]
    assert latest_evaluation(catalog, "WATCH").at == second.at
    assert latest_evaluation(catalog, "none") is None
    assert [found.monitor for found in list_evaluations(catalog, since=second.at)] == ["other", "Watch"]
    assert [found.breached for found in list_evaluations(catalog, limit=1)] == [None]
