"""Endpoints as the engine makes and alters them; what they then answer is the data plane's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.history import list_history
from penstock.core.errors import UnknownName, UserError
from penstock.serving.data_plane import open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
MODELS = """
CREATE TABLE t AS SELECT range AS x, 2 * range AS y FROM range(50);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, y FROM t;
CREATE MODEL other OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, 10 * y AS y FROM t;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    """An endpoint whose model has two versions, of which the second is the champion."""
    opened = open_work({"p.sql": MODELS + "CREATE ENDPOINT e ON MODEL m;"})
    opened.run()
    opened.run(forced="m")
    return opened


def shares(work: Work) -> tuple[dict[str, int], int | None]:
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    try:
        plan = plane.route("e").plan
        return {share.variant: share.number for share in plan.shares}, plan.shadow
    finally:
        plane.close()


def test_the_champion_answers_at_first(work: Work) -> None:
    assert shares(work) == ({"champion": 2}, None)


def test_traffic_is_split_and_a_shadow_is_set(work: Work) -> None:
    assert work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 90, 1 = 10)").message == "endpoint e altered"
    work.sql("ALTER ENDPOINT e SET SHADOW (1)")
    assert shares(work) == ({"champion": 2, "1": 1}, 1)
    assert [e.kind for e in list_history(work.session.catalog, subject="endpoint e")] == ["altered", "altered"]


def test_a_run_leaves_the_traffic_as_it_was_set(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET TRAFFIC (1 = 100)")
    work.put("p.sql", MODELS + "CREATE ENDPOINT e ON MODEL m OPTIONS (log = FALSE);")
    assert list(work.run()) == ["e"]
    assert shares(work) == ({"1": 1}, None)


def test_an_endpoint_that_is_moved_to_another_model_begins_anew(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 50, 1 = 50)")
    work.sql("ALTER ENDPOINT e SET SHADOW (1)")
    work.put("p.sql", MODELS + "CREATE ENDPOINT e ON MODEL other;")
    work.run()
    assert shares(work) == ({"champion": 1}, None)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER ENDPOINT e SET TRAFFIC (champion = 90, 1 = 20)", "must add up to 100, not 110"),
        ("ALTER ENDPOINT e SET TRAFFIC (champion = 100, 7 = 0)", "7"),
        ("ALTER ENDPOINT e SET TRAFFIC (champion = 90, 2 = 10)", "champion and 2 are both version 2 of model m"),
        (
            "ALTER ENDPOINT e SET TRAFFIC (champion = 90, candidate = 10)",
            "No version waits at the gate; version 2 serves",
        ),
        ("ALTER ENDPOINT e SET SHADOW (challenger)", "challenger"),
        ("ALTER ENDPOINT e SET SHADOW (candidate)", "No version waits at the gate; version 2 serves"),
        ("ALTER ENDPOINT e SET SHADOW (champion)", "version 2 of model m, which answers all requests itself"),
        ("ALTER ENDPOINT e SET SHADOW (2)", "version 2 of model m, which answers all requests itself"),
        ("ALTER MODEL m SET ALIAS candidate = 2", "Version 2 of model m is the champion"),
        ("ALTER ENDPOINT e SET OPTIONS (logg = FALSE)", "There is no option 'logg'"),
        ("ALTER ENDPOINT ee SET SHADOW (1)", "There is no endpoint 'ee'"),
        (
            "ALTER ENDPOINT e SET TRAFFIC (1 = 100), SHADOW (1)",
            "version 1 of model m, which answers all requests itself",
        ),
        ("ALTER ENDPOINT e SET SHADOW (1), OPTIONS (sticky_bi = 'x')", "There is no option 'sticky_bi'"),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_changes(work: Work, statement: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        work.sql(statement)
    assert shares(work) == ({"champion": 2}, None)


def test_traffic_is_not_given_whole_to_the_shadow(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET SHADOW (1)")
    with pytest.raises(UserError, match="The shadow 1 is version 1 of model m"):
        work.sql("ALTER ENDPOINT e SET TRAFFIC (1 = 100)")
    work.sql("ALTER ENDPOINT e SET TRAFFIC (1 = 50, 2 = 50)")
    work.sql("ALTER ENDPOINT e SET SHADOW ()")
    work.sql("ALTER ENDPOINT e SET TRAFFIC (1 = 100)")


def test_a_candidate_that_becomes_the_champion_waits_no_longer(work: Work) -> None:
    work.sql("ALTER MODEL m SET ALIAS champion = 1; ALTER MODEL m SET ALIAS candidate = 2")
    work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 90, candidate = 10); ALTER ENDPOINT e SET SHADOW (candidate)")
    assert shares(work) == ({"champion": 1, "candidate": 2}, 2)
    work.sql("ALTER MODEL m SET ALIAS champion = 2")
    assert shares(work) == ({"champion": 2}, None), "The candidate's part falls to the champion."


def test_an_alias_is_moved_by_hand(work: Work) -> None:
    assert work.sql("ALTER MODEL m SET ALIAS champion = 1").message == "model m: champion is version 1"
    assert shares(work) == ({"champion": 1}, None)
    work.sql("ALTER MODEL m SET ALIAS steady = 2")
    assert work.rows("SELECT predicted_y > 0 FROM ML.PREDICT(MODEL m VERSION steady, (SELECT 5 AS x))") == [(True,)]
    with pytest.raises(UnknownName, match="9"):
        work.sql("ALTER MODEL m SET ALIAS champion = 9")
    with pytest.raises(UnknownName, match="There is no model 'mm'"):
        work.sql("ALTER MODEL mm SET ALIAS champion = 1")
    assert work.sql("ALTER MODEL IF EXISTS mm SET ALIAS champion = 1").message == "there is no model mm"


def test_an_endpoint_without_a_log_keeps_none(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET OPTIONS (log = FALSE)")
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    plane.predict("e", [{"x": 1}])
    assert plane.compact().predictions == 0
    plane.close()


def test_changes_of_one_statement_hold_together_and_are_told_with_who_and_why(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET SHADOW (1 = 20)")
    work.sql(
        "ALTER ENDPOINT e SET TRAFFIC (champion = 90, 1 = 10), SHADOW (), OPTIONS (sticky_by = 'x')"
        " BECAUSE '일주일 동안 같았다'"
    )
    assert shares(work) == ({"champion": 2, "1": 1}, None)
    first, second = (entry.message for entry in list_history(work.session.catalog, subject="endpoint e"))
    assert first.startswith("shadow version 1, 20 % of the requests; by ")
    assert second.startswith(
        "traffic champion (version 2) 90 %, version 1 10 % (before: champion (version 2) 100 %);"
        " no shadow; sticky_by = x; by "
    )
    assert second.endswith(", because 일주일 동안 같았다")


def test_an_option_is_shown_where_it_is_set_until_null_takes_it_away(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET OPTIONS (sticky_by = 'X', description = '예측')")
    assert work.notices.count("sticky_by") == 0, "It is a column of the model."
    described = work.rows("DESCRIBE ENDPOINT e")
    assert ("option", "sticky_by", "X") in described
    assert ("endpoint", "description", "예측") in described
    work.sql("ALTER ENDPOINT e SET OPTIONS (sticky_by = NULL)")
    assert not [fact for fact in work.rows("DESCRIBE ENDPOINT e") if fact[0] == "option"]


def test_a_key_that_no_row_holds_is_told_when_it_is_set(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET OPTIONS (sticky_by = 'user_id')")
    assert "sticky_by 'user_id' is no column of the model: requests bring its value as \"key\"" in work.notices
    work.put("p.sql", MODELS + "CREATE ENDPOINT e ON MODEL m OPTIONS (sticky_by = 'xx');")
    work.run()
    assert "sticky_by 'xx' is no column" in work.notices


def test_a_column_of_lists_is_no_key(open_work: OpenWork) -> None:
    work = open_work(
        {
            "p.sql": "CREATE TABLE t AS SELECT [range % 7, 1.0] AS v, range AS y FROM range(50);"
            "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS FROM t;"
            "CREATE ENDPOINT e ON MODEL m OPTIONS (sticky_by = 'v');"
        }
    )
    with pytest.raises(UserError, match="cannot be sticky by 'v', a column of lists"):
        work.run()


def answered(work: Work, rows: list[dict[str, object]]) -> None:
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    for row in rows:
        plane.shadows.offer(plane.predict("e", [row]))
    plane.settle()
    plane.close()


def test_the_agreement_of_a_shadow_is_told(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET SHADOW (1)")
    assert ("shadow", "agreement", "no answer to compare yet") in work.rows("DESCRIBE ENDPOINT e")
    answered(work, [{"x": n} for n in range(20)])
    (told,) = [str(fact[2]) for fact in work.rows("DESCRIBE ENDPOINT e") if fact[0] == "shadow"]
    assert told.startswith("20 answers, mean difference 0")


def test_shadows_of_classes_agree_where_they_say_the_same(open_work: OpenWork) -> None:
    made = "CREATE TABLE t AS SELECT range AS x, {} > range AS y FROM range(100);"
    model = (
        "CREATE MODEL m OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['y'],"
        " data_split_method = 'NO_SPLIT', max_iterations = 20) AS FROM t; CREATE ENDPOINT e ON MODEL m;"
    )
    work = open_work({"p.sql": made.format(50) + model})
    work.run()
    work.put("p.sql", made.format(60) + model)
    work.run()
    work.run(forced="m")
    work.sql("ALTER ENDPOINT e SET SHADOW (1)")
    answered(work, [{"x": n} for n in range(0, 100, 2)])
    asked = "(SELECT 2 * range AS x FROM range(50))"
    ((same,),) = work.rows(
        f"SELECT count(*) FROM ML.PREDICT(MODEL m VERSION 1, {asked}) one JOIN ML.PREDICT(MODEL m, {asked}) other"
        " USING (x) WHERE one.predicted_y = other.predicted_y"
    )
    assert same < 50
    assert ("shadow", "agreement", f"50 answers, {2 * same} % the same") in work.rows("DESCRIBE ENDPOINT e")
