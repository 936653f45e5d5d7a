"""CREATE EXPERIMENT as a project reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind, ResourceName
from penstock.graph.edge import find_edges
from penstock.project.experiment import ExperimentSpec
from penstock.project.resource import resource_of
from penstock.project.spec import spec_of
from penstock.sql.parse import parse_script
from penstock.sql.statement import CreateExperiment, Show


def read(options: str) -> tuple[ExperimentSpec | None, list[Diagnostic]]:
    script = parse_script(f"CREATE EXPERIMENT x ON ENDPOINT e OPTIONS ({options})", "p.sql")
    assert script.diagnostics == ()
    (statement,) = script.statements
    assert isinstance(statement, CreateExperiment)
    spec, findings = spec_of(statement)
    assert spec is None or isinstance(spec, ExperimentSpec)
    return spec, findings


def accepted(options: str) -> ExperimentSpec:
    spec, findings = read(options)
    assert findings == []
    assert spec is not None
    return spec


def test_an_experiment_says_its_metric_and_what_matters() -> None:
    spec = accepted("metric = 'Accuracy', min_effect = 0.02, max_days = 7, segments = 'device', unit = '고객'")
    assert (spec.name, spec.endpoint, spec.metric.text, spec.metric.increase) == ("x", "e", "accuracy", True)
    assert (spec.min_effect, spec.max_time, spec.segments, spec.unit) == (0.02, timedelta(days=7), ("device",), "고객")
    assert (spec.alpha, spec.mode, spec.guardrails) == (0.05, "fixed", ())


def test_guardrails_have_a_way_and_a_tolerance() -> None:
    spec = accepted(
        "metric = 'accuracy', min_effect = 1, "
        "guardrails = ['log_loss', ('accuracy', 0.01), ('inputs.wait', 5, 'decrease')]"
    )
    assert [(each.text, each.tolerance, each.increase) for each in spec.guardrails] == [
        ("log_loss", 0.0, False),
        ("accuracy", 0.01, True),
        ("inputs.wait", 5.0, False),
    ]
    (alone,) = accepted("metric = 'accuracy', min_effect = 1, guardrails = [('log_loss', 0.5)]").guardrails
    assert (alone.text, alone.tolerance) == ("log_loss", 0.5)


def test_an_expression_is_of_the_answer_or_of_the_outcomes() -> None:
    answer = accepted("metric = 'CASE WHEN prediction = actual THEN inputs.price END', min_effect = 1")
    assert not answer.metric.of_outcomes
    paid = accepted("metric = 'amount - costs', min_effect = 1, outcome_table = 'shop.orders', direction = 'decrease'")
    assert (paid.metric.of_outcomes, paid.metric.increase) == (True, False)
    assert accepted("metric = 'conversion', min_effect = 1, outcome_table = 'orders'").metric.of_outcomes
    both = accepted("metric = 'accuracy', min_effect = 1, outcome_table = 'orders', guardrails = ['amount']")
    assert [both.metric.of_outcomes, both.guardrails[0].of_outcomes] == [False, True]


def test_it_stands_on_its_endpoint_and_the_tables_that_it_reads() -> None:
    spec = accepted(
        "metric = 'amount', min_effect = 1, outcome_table = 'orders', unit = 'user_id', covariate = 's.past.spend'"
    )
    script = parse_script(
        "CREATE TABLE orders AS SELECT 1 AS user_id, 2 AS amount; CREATE TABLE s.past AS SELECT 1 AS spend;"
        "CREATE ENDPOINT e ON MODEL m;"
        "CREATE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'amount', min_effect = 1, outcome_table = 'orders', "
        "unit = 'user_id', covariate = 's.past.spend')",
        "p.sql",
    )
    resources = [resource_of(each, spec_of(each)[0]) for each in script.statements]  # type: ignore[arg-type]
    needed = {edge.needed for edge in find_edges(resources).inner if edge.dependent.kind is Kind.EXPERIMENT}
    assert spec.tables == ("orders", "s.past")
    assert needed == {
        ResourceName(Kind.TABLE, "orders"),
        ResourceName(Kind.TABLE, "s.past"),
        ResourceName(Kind.ENDPOINT, "e"),
    }


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ("min_effect = 1", "does not say its metric", "metric = 'accuracy'"),
        ("metric = 'accuracy'", "does not say its min_effect", "min_effect = 0.02"),
        ("metric = 'acuracy', min_effect = 1", "There is no metric 'acuracy'", "'accuracy'"),
        ("metric = 'amount', min_effect = 1", "names amount, which a prediction does not have", "Known"),
        ("metric = 'conversion', min_effect = 1", "have a row in a table", "outcome_table"),
        ("metric = 'avg(prediction)', min_effect = 1", "asked of one prediction", "averaged"),
        ("metric = 'prediction +', min_effect = 1", "is no expression", "Known"),
        (
            "metric = 'amount * prediction', min_effect = 1, outcome_table = 't'",
            "amount of the outcome table together with prediction of the answer",
            "Known",
        ),
        ("metric = 'accuracy', direction = 'decrease', min_effect = 1", "is better the higher it is", "direction"),
        ("metric = 'accuracy', min_effect = 1, guardrails = ['log_los']", "There is no metric 'log_los'", "log_loss"),
        ("metric = 'accuracy', min_effect = 1, guardrails = [1]", "must be a list of metrics", None),
        ("metric = 'accuracy', min_effect = 0", "greater than 0", None),
        ("metric = 'accuracy', min_effect = 1, alpha = 1", "strictly between 0 and 1", None),
        ("metric = 'accuracy', min_effect = 1, mode = 'bandits'", "must be one of", "'bandit'"),
        ("metric = 'accuracy', min_effect = 1, outcome_time = 'at'", "no outcome_table", "Name the table"),
        ("metric = 'accuracy', min_effect = 1, max_day = 3", "no option 'max_day'", "'max_days'"),
    ],
)
def test_what_cannot_be_measured_is_said(options: str, message: str, hint: str | None) -> None:
    spec, findings = read(options)
    assert spec is None
    assert message in findings[0].message
    assert hint is None or hint in (findings[0].hint or "")


@pytest.mark.parametrize("text", ["SHOW EXPERIMENT x", "SHOW EXPERIMENT OF x", "show experiment s.x"])
def test_one_experiment_is_shown_by_its_name(text: str) -> None:
    (statement,) = parse_script(text, "p.sql").statements
    assert isinstance(statement, Show)
    assert (statement.subject, statement.of) == ("experiment", text.split()[-1])


def test_a_statement_that_goes_on_where_it_should_end_is_refused() -> None:
    (finding,) = parse_script("CREATE EXPERIMENT x ON MODEL m", "p.sql").diagnostics
    assert "ENDPOINT" in finding.message
    assert parse_script("CREATE EXPERIMENT x ON ENDPOINT e OPTION (metric = 'accuracy')", "p.sql").diagnostics
    assert parse_script("SHOW EXPERIMENT x y", "p.sql").diagnostics
