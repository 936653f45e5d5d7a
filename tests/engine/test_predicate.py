"""A predicate over measured numbers, as DuckDB evaluates it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import SyntaxProblem, UnknownName, UserError
from penstock.core.spans import Span
from penstock.engine.predicate import evaluate_predicate, number
from penstock.lake.database import Connection, open_lake
from penstock.sql.statement import Dialect, Query

PLACE = Span("monitors.sql", 3, 7, 3, 20)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    lake = open_lake(None)
    connection = lake.connection()
    yield connection
    connection.close()
    lake.close()


def query(text: str, dialect: Dialect = "duckdb") -> Query:
    return Query(text, dialect, PLACE)


def outcome(connection, text, **relations):
    return evaluate_predicate(connection, query(text), relations)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("max_psi > 0.2", True),
        ("max_psi > 0.2 OR accuracy < 0.7", True),
        ("max_psi > 0.2 AND accuracy < 0.7", None),
        ("null_rate > 0.05", False),
        ("NULL_RATE BETWEEN 0 AND 0.05 AND row_count >= 1000", True),
        ("accuracy < 0.7", None),
        ("accuracy IS NULL", True),
        ("NOT (max_psi < 0.2)", True),
        ("abs(prediction_mean - reference_prediction_mean) / reference_prediction_mean > 0.5", False),
        ("greatest(max_psi, null_rate) > 0.3", True),
        ("CASE WHEN row_count > 10 THEN max_psi > 0.3 ELSE false END", True),
    ],
)
def test_a_predicate_is_duckdbs_over_one_row(connection, text, holds) -> None:
    measures = {
        "max_psi": 0.31,
        "accuracy": None,
        "null_rate": 0.0,
        "row_count": 1000.0,
        "prediction_mean": 11.0,
        "reference_prediction_mean": 10.0,
    }
    assert outcome(connection, text, measures=measures).holds is holds


def test_other_relations_are_asked_by_name(connection) -> None:
    numbers = {"candidate": {"roc_auc": 0.81}, "champion": {"roc_auc": 0.80}}
    assert outcome(connection, "roc_auc >= 0.80 AND roc_auc >= champion.roc_auc - 0.01", **numbers).holds is True
    assert outcome(connection, "candidate.roc_auc < champion.roc_auc", **numbers).holds is False
    assert outcome(connection, "Champion.ROC_AUC = 0.8", **numbers).holds is True


def test_what_only_the_first_relation_has_is_null_in_the_others(connection) -> None:
    result = outcome(connection, "log_loss < champion.log_loss", candidate={"log_loss": 0.3}, champion={})
    assert result.holds is None
    numbers = "log_loss = 0.3, champion.log_loss = not measured"
    assert result.explanation == f"not to be told: log_loss < champion.log_loss ({numbers})"


def test_nan_is_not_measured_and_infinity_is_a_number(connection) -> None:
    assert outcome(connection, "precision > 0.5", measures={"precision": math.nan}).holds is None
    assert outcome(connection, "loss < best", measures={"loss": 1.0, "best": math.inf}).holds is True


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("max_psi > 0.2 OR accuracy < 0.7", "max_psi > 0.2 (max_psi = 0.3125)"),
        ("max_psi > 0.2 AND accuracy < 0.7", "not accuracy < 0.7 (accuracy = 0.9)"),
        ("max_psi > 0.5 OR accuracy < 0.7",
         "not max_psi > 0.5 (max_psi = 0.3125); not accuracy < 0.7 (accuracy = 0.9)"),
        ("row_count < 500", "not row_count < 500 (row_count = 1234567)"),
        ("(max_psi > 0.2 AND row_count > 1) OR accuracy < 0",
         "max_psi > 0.2 (max_psi = 0.3125); row_count > 1 (row_count = 1234567)"),
        ("roc_auc > 0.5", "not to be told: roc_auc > 0.5 (roc_auc = not measured)"),
        ("true", "true"),
    ],
)  # fmt: skip
def test_the_explanation_names_the_parts_that_decided(connection, text, explanation) -> None:
    measures = {"max_psi": 0.3125, "accuracy": 0.9, "row_count": 1234567.0, "roc_auc": None}
    assert outcome(connection, text, measures=measures).explanation == explanation


def test_an_unknown_measure_is_named_with_the_nearest_one(connection) -> None:
    with pytest.raises(UnknownName, match="no measure 'max_pis'") as caught:
        outcome(connection, "max_pis > 0.2", measures={"max_psi": 0.1})
    assert caught.value.diagnostics[0].hint == "Did you mean 'max_psi'?"
    assert caught.value.diagnostics[0].span == PLACE


def test_a_predicate_that_is_no_boolean_is_refused(connection) -> None:
    with pytest.raises(UserError, match="neither true nor false"):
        outcome(connection, "max_psi", measures={"max_psi": 0.1})


def test_a_text_that_is_no_expression_is_a_syntax_problem(connection) -> None:
    with pytest.raises(SyntaxProblem):
        outcome(connection, "max_psi >", measures={"max_psi": 0.1})


def test_a_bigquery_predicate_is_translated(connection) -> None:
    text = "SAFE_DIVIDE(max_psi, 0) IS NULL AND max_psi > 0.2"
    assert evaluate_predicate(connection, query(text, "bigquery"), {"measures": {"max_psi": 0.31}}).holds is True


names = st.text(min_size=1, max_size=8).filter(lambda name: "\x00" not in name and name.isprintable())


@given(names, st.floats(allow_nan=False))
def test_any_name_and_any_number_go_through_as_values(connection, name, value) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    text = f"{quoted} = {quoted}"
    assert evaluate_predicate(connection, query(text), {"measures": {name: value}}).holds is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not measured"), (math.nan, "not measured"), (0.0, "0"), (30.0, "30"), (1e9, "1000000000"),
        (0.123456789, "0.123457"), (math.inf, "inf"), (-1.5, "-1.5"), (1e300, "1e+300"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_a_person_reads_it(value, text) -> None:
    assert number(value) == text
