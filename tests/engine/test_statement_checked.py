"""A statement from a prompt is held to the same rules as one in a project's file, before it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.objects import list_objects
from penstock.catalog.versions import newest_version
from penstock.core.errors import UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE t AS SELECT range AS x, 2 * range AS y, range % 2 = 0 AS even FROM range(40);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, y FROM t;
CREATE MODEL c OPTIONS (model_type = 'logistic_reg', input_label_cols = ['even'], data_split_method = 'NO_SPLIT') AS
SELECT x, even FROM t;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 1;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"p.sql": PROJECT})
    opened.run()
    return opened


@pytest.mark.parametrize(
    ("statement", "message", "place", "hint"),
    [
        ("CREATE GOAL g ON MODEL c ACCEPT WHEN roc_ac > 0.5", "'roc_ac', which is not measured", 38, "'roc_auc'"),
        (
            "CREATE GOAL g ON MODEL c ACCEPT WHEN mean_squared_error < 5",
            "Goal g asks for 'mean_squared_error', which is not measured of model c.",
            38,
            "Known: accuracy, f1_score",
        ),
        (
            "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > champion.accuracy",
            "'champion.accuracy', which is not measured",
            49,
            "Known: champion.explained_variance",
        ),
        ("CREATE GOAL g ON MODEL mm ACCEPT WHEN r2_score > 0", "no model 'mm', which goal g uses", 24, "'m'"),
        ("CREATE ENDPOINT f ON MODEL nope", "no model 'nope', which endpoint f uses", 28, "Known: c, m"),
        ("CREATE MONITOR v ON ENDPOINT e BREACH WHEN max_pssi > 1", "'max_pssi', which is not measured", 44, "max_psi"),
        ("CREATE MONITOR v ON ENDPOINT nope BREACH WHEN max_psi > 1", "no endpoint 'nope'", 30, "Known: e"),
        ("CREATE TRIGGER r ON BREACH OF ww DO RUN PROJECT", "no monitor 'ww'", 31, "'w'"),
        ("CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO RETRAIN MODEL nope", "no model 'nope'", 59, "Known: c, m"),
        ("CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO NOTIFY 'nonsense'", "cannot notify 'nonsense'", 52, "https://"),
    ],
)
def test_what_a_project_may_not_say_a_prompt_may_not_either(
    work: Work, statement: str, message: str, place: int, hint: str
) -> None:
    before = [state.name for state in list_objects(work.session.catalog)]
    with pytest.raises(UserError) as caught:
        work.sql(statement)
    (finding,) = caught.value.diagnostics
    assert message in finding.message
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (1, place)
    assert hint in str(finding.hint)
    assert [state.name for state in list_objects(work.session.catalog)] == before


def test_what_is_sound_is_taken(work: Work) -> None:
    work.sql(
        "CREATE GOAL g ON MODEL c ACCEPT WHEN roc_auc > 0.1 AND candidate.accuracy >= champion.accuracy;"
        "CREATE MONITOR v ON TABLE t BREACH WHEN null_rate > 0.1;"
        "CREATE TRIGGER r ON BREACH OF v DO RETRAIN MODEL c, NOTIFY 'https://example.com/hook'"
    )
    assert work.run() == {}


def test_a_goal_in_a_file_asks_only_for_what_its_model_is_measured_by(work: Work) -> None:
    work.put("goal.sql", "CREATE GOAL g ON MODEL c ACCEPT WHEN r2_score > 0.5;")
    with pytest.raises(UserError, match="'r2_score', which is not measured"):
        work.run()


def test_a_goal_that_cannot_judge_costs_no_training(work: Work) -> None:
    work.sql("CREATE GOAL g ON MODEL c ACCEPT WHEN roc_auc > 0.1")
    # The model becomes one of another kind, under a goal that stands.
    remade = work.sql(
        "CREATE OR REPLACE MODEL c OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], "
        "data_split_method = 'NO_SPLIT') AS SELECT x, y FROM t"
    )
    assert remade.message is not None
    assert remade.message.endswith("rejected")
    version = newest_version(work.session.catalog, "c")
    assert version is not None
    assert (version.number, version.status) == (2, "rejected")
    assert "goal g cannot judge: There is no measure 'roc_auc'." in version.reason
