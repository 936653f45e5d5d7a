"""The registry of measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.core.names import Kind
from penstock.core.settings import Settings
from penstock.drift.registry import DETECTORS
from penstock.engine.measure import METRICS, measures, measures_in
from penstock.graph.topology import build_graph
from penstock.project.load import project_from_statements
from penstock.rules.registry import check
from penstock.sql.parse import parse_script

PROJECT = """
CREATE TABLE rides AS SELECT 1 AS cnt, 2 AS hour;
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT * FROM rides;
CREATE ENDPOINT demand_api ON MODEL demand;
CREATE GOAL good ON MODEL demand ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error;
CREATE MONITOR live ON ENDPOINT demand_api BREACH WHEN {live};
CREATE MONITOR still ON TABLE rides BREACH WHEN {still};
"""


def findings(live: str = "max_psi > 0.2", still: str = "null_rate > 0.1") -> list[str]:
    text = PROJECT.format(live=live, still=still)
    project = project_from_statements(parse_script(text, "all.sql").statements, Settings(Path(), "test"))
    graph = build_graph(project)
    found = check(project, graph, known_measures=measures_in(graph))
    return [finding.message for finding in found if "not measured" in finding.message]


def test_every_measure_says_what_it_is() -> None:
    for name, measure in measures().items():
        assert name == measure.name
        assert len(measure.doc) > 15
        assert measure.doc.endswith((".", ")."))
        assert measure.watched


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_gives_three_measures(detector) -> None:
    for prefix in ("max", "mean", "prediction"):
        assert DETECTORS[detector].doc in measures()[f"{prefix}_{detector}"].doc
    assert measures()[f"prediction_{detector}"].watched == {Kind.ENDPOINT}


@pytest.mark.parametrize("task", [task for task in METRICS if task.scores_rows])
def test_every_metric_has_a_baseline(task) -> None:
    for name in METRICS[task]:
        assert {name, f"baseline_{name}"} <= set(measures())


def test_what_the_design_promises_is_measured() -> None:
    promised = "row_count label_count max_psi max_js null_rate unseen_rate prediction_psi accuracy r2_score"
    assert set(promised.split()) <= set(measures())


def test_a_project_may_name_every_measure() -> None:
    assert findings() == []
    assert findings(live=" OR ".join(f"{name} > 1" for name in measures())) == []


def test_a_table_has_no_predictions() -> None:
    assert len(findings(still="prediction_psi > 0.1")) == 1


def test_an_unknown_measure_is_found_before_anything_runs() -> None:
    assert "'max_pis'" in findings(live="max_pis > 0.1")[0]
