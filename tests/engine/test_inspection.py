"""What is there to see: SHOW, DESCRIBE, status, lineage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from penstock.catalog.versions import get_version
from penstock.core.errors import UnknownName
from penstock.engine.lineage import Node
from penstock.engine.show import SUBJECTS as SHOWN
from penstock.engine.status import status
from penstock.engine.trace import trace
from penstock.sql.vocabulary import SUBJECTS as READ

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE raw AS SELECT * FROM 'a.csv';
CREATE TABLE features AS SELECT id, price * 2 AS twice, upper(city) AS town, price > 10 AS dear FROM raw;
CREATE VIEW few AS SELECT twice, town, dear FROM features WHERE id < 50 AND twice IS NOT NULL;
CREATE ASSERTION known ON raw CHECK (city IS NOT NULL);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['twice']) AS SELECT twice, town, dear FROM few;
CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > -1;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON TABLE raw BREACH WHEN row_count > 1;
CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m OPTIONS (cool_down = '2 days');
"""
DATA = "id,price,city,at\n" + "".join(
    f"{n},{n / 4 if n % 10 else ''},{'부산' if n % 4 else 'Seoul'},2026-01-{n % 28 + 1:02}\n" for n in range(60)
)


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"a.csv": DATA, "p.sql": PROJECT})
    opened.run()
    return opened


@pytest.mark.parametrize("subject", READ)
def test_everything_that_can_be_asked_for_is_shown(work: Work, subject: str) -> None:
    of = {"rejects": " OF raw", "report": " OF m", "experiment": " x"}.get(subject, "")
    work.sql("CREATE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'mean_absolute_error', min_effect = 1)")
    work.turn()
    table = work.sql(f"SHOW {subject}{of}").table()
    assert table.num_columns >= 2
    if subject not in ("rejects", "releases"):
        assert table.num_rows >= 1, subject


def test_the_words_of_show_are_those_that_are_answered() -> None:
    assert set(SHOWN) < set(READ)


def test_versions_are_shown_with_aliases_metrics_and_reason(work: Work) -> None:
    work.run(forced="m")
    first, second = work.sql("SHOW VERSIONS OF m").table().to_pylist()
    assert (first["version"], first["aliases"], first["status"]) == (1, "", "accepted")
    assert (second["version"], second["aliases"]) == (2, "champion")
    assert dict(second["metrics"])["mean_absolute_error"] > 0
    assert "a test wants it" in second["reason"]
    with pytest.raises(UnknownName, match="Did you mean 'm'"):
        work.sql("SHOW VERSIONS OF mm")


def test_history_tells_what_happened_to_one_object_or_to_all(work: Work) -> None:
    work.turn()
    work.turn()
    assert "accepted" in {row["kind"] for row in work.sql("SHOW HISTORY").table().to_pylist()}
    assert {row["subject"] for row in work.sql("SHOW HISTORY OF m").table().to_pylist()} == {"model m"}
    (breached,) = {row["breached"] for row in work.sql("SHOW EVALUATIONS OF w").table().to_pylist()}
    assert breached


def test_a_table_is_profiled_column_by_column(work: Work) -> None:
    profile = {row["name"]: row for row in work.sql("DESCRIBE TABLE raw").table().to_pylist()}
    assert list(profile) == ["id", "price", "city", "at"]
    assert profile["price"]["nulls"] == 6
    assert profile["id"]["distinct"] == 60
    assert "부산" in str(profile["city"])


def test_a_view_over_files_is_profiled_too(work: Work) -> None:
    work.sql("CREATE VIEW now AS SELECT price FROM 'a.csv'")
    (row,) = work.sql("DESCRIBE VIEW now").table().to_pylist()
    assert row["name"] == "price"


def facts(work: Work, what: str) -> dict[tuple[object, object], str]:
    return {(part, name): str(value) for part, name, value in work.rows(f"DESCRIBE {what}")}


def test_a_model_is_described_with_what_it_was_made_from_and_what_it_can(work: Work) -> None:
    found = facts(work, "MODEL m")
    assert found["model", "type"] == "linear_reg"
    assert found["model", "label"] == "twice (double)"
    assert found["feature", "town"] == "string"
    assert found["feature", "dear"] == "boolean (bool)"
    assert found["option", "input_label_cols"] == '["twice"]'
    assert float(found["metric", "mean_absolute_error"]) > 0
    assert found["trained on", "features"].startswith("snapshot ")
    assert found["version", "1"].startswith("accepted 2026-03-31 09:30 UTC, mean_absolute_error ")
    assert found["alias", "champion"] == "version 1"
    assert found["definition", ""].startswith("CREATE MODEL m")


def test_an_endpoint_is_described_with_who_answers_and_what_a_request_brings(work: Work) -> None:
    found = facts(work, "ENDPOINT e")
    assert found["endpoint", "status"] == "serves m version 1"
    assert found["traffic", "champion (version 1)"] == "100 %"
    assert found["endpoint", "predictions today"] == "0"
    assert (found["input", "town"], found["input", "dear"]) == ("string", "boolean (bool)")
    assert found["output", "prediction"] == "number"
    work.run(forced="m")
    work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 90, 1 = 10); ALTER ENDPOINT e SET SHADOW (1)")
    found = facts(work, "ENDPOINT e")
    assert (found["traffic", "champion (version 2)"], found["traffic", "version 1"]) == (
        "90 %",
        "shadow: scored, never answered",
    )
    (row,) = work.sql("SHOW ENDPOINTS").table().to_pylist()
    assert (row["version"], row["traffic"]) == (2, "champion (version 2) 90 %, version 1 10 %")
    assert row["status"] == "serves m: champion (version 2) 90 %, version 1 10 %; shadow version 1"


def test_a_monitor_is_described_with_what_it_saw_and_since_when(work: Work) -> None:
    found = facts(work, "MONITOR w")
    assert found["monitor", "state"] == "has not looked yet"
    assert ("monitor", "since") not in found
    work.turn()
    work.clock.advance(timedelta(hours=1))
    work.turn()
    found = facts(work, "MONITOR w")
    assert (found["monitor", "window"], found["monitor", "breach when"]) == ("1,000 rows", "row_count > 1")
    assert (found["monitor", "state"], found["monitor", "since"]) == ("breached", "2026-03-31 09:30 UTC")
    assert found["monitor", "looked"] == "2026-03-31 10:30 UTC, at 60 rows"
    assert found["measure", "row_count"] == "60"
    assert next(name for part, name in found if part == "measure") == "row_count"


def test_a_trigger_is_described_with_why_it_went_off_and_when_it_may_again(work: Work) -> None:
    assert facts(work, "TRIGGER r")["trigger", "next"] == "at a breach"
    work.turn()
    assert facts(work, "TRIGGER r")["trigger", "next"].startswith(
        "held back at 2026-03-31 09:30 UTC: nothing is new to model m since version 1"
    )
    work.put("a.csv", DATA + "60,1.5,Seoul,2026-01-03\n")
    work.turn()
    found = facts(work, "TRIGGER r")
    assert (found["trigger", "waits for"], found["action", "1"]) == ("breach of w", "retrain model m")
    assert found["trigger", "last fired"] == "2026-03-31 09:30 UTC"
    assert found["trigger", "reason"].startswith("monitor w breached: row_count > 1")
    assert found["trigger", "next"] == "rests until 2026-04-02 09:30 UTC, then at a breach"


def test_goals_and_assertions_are_described_with_their_verdicts(work: Work) -> None:
    found = facts(work, "GOAL g")
    assert (found["goal", "accept when"], found["goal", "status"]) == ("r2_score > -1", "version 1 was accepted")
    assert found["verdict", "version 1"].startswith("accepted: ")
    assert facts(work, "ASSERTION known")["assertion", "status"] == "holds"
    with pytest.raises(UnknownName, match="There is no goal 'gg'"):
        work.sql("DESCRIBE GOAL gg")


def test_models_are_shown_with_figures_that_a_query_can_use(work: Work) -> None:
    schema = work.sql("SHOW MODELS").schema
    kinds = {"champion": pa.int64(), "trained_at": pa.timestamp("us", "UTC"), "rows": pa.int64(), "value": pa.float64()}
    assert {name: schema.field(name).type for name in kinds} == kinds
    (row,) = work.sql("SHOW MODELS").table().to_pylist()
    assert (row["model_type"], row["label"], row["champion"], row["versions"]) == ("linear_reg", "twice", 1, 1)
    assert (row["metric"], row["status"]) == ("mean_absolute_error", "version 1 serves")
    assert row["rows"] == 45


@pytest.mark.parametrize(
    ("model_type", "options", "output"),
    [
        ("kmeans", "num_clusters = 2", "number of the nearest centroid, from 1"),
        ("pca", "num_principal_components = 1", "list of the principal components"),
        ("logistic_reg", "input_label_cols = ['dear']", "one of False, True"),
    ],
)
def test_every_task_is_described_and_a_label_only_where_there_is_one(
    open_work: OpenWork, model_type: str, options: str, output: str
) -> None:
    opened = open_work()
    opened.sql(
        "CREATE TABLE t AS SELECT range % 7 AS a, range % 5 AS b, range % 7 > 3 AS dear FROM range(100);"
        f"CREATE MODEL m OPTIONS (model_type = '{model_type}', {options}) AS SELECT * FROM t;"
        "CREATE ENDPOINT e ON MODEL m"
    )
    labelled = model_type == "logistic_reg"
    assert (("model", "label") in facts(opened, "MODEL m")) is labelled
    assert facts(opened, "ENDPOINT e")["output", "prediction"] == output
    assert [row["label"] for row in opened.sql("SHOW MODELS").table().to_pylist()] == ["dear" if labelled else None]


def test_a_model_whose_version_was_not_accepted_says_so(open_work: OpenWork) -> None:
    opened = open_work({"a.csv": DATA, "p.sql": PROJECT.replace("r2_score > -1", "r2_score > 2")})
    opened.try_run()
    (row,) = opened.sql("SHOW MODELS").table().to_pylist()
    assert (row["champion"], row["status"]) == (None, "no version was accepted")
    assert dict(opened.rows("SELECT 1, 2")) == {1: 2}
    assert {state["name"]: state["state"] for state in status(opened.session).to_pylist()}[
        "g"
    ] == "version 1 was rejected"


def test_a_model_whose_artifact_is_gone_is_shown_all_the_same(work: Work) -> None:
    shutil.rmtree(work.root / ".penstock" / "data" / "artifacts")
    (row,) = work.sql("SHOW MODELS").table().to_pylist()
    assert (row["label"], row["rows"]) == ("twice", None)
    assert "Version 1 of model m cannot be used" in work.notices
    assert facts(work, "MODEL m")["alias", "champion"] == "version 1"


def test_tables_are_shown_with_rows_and_how_they_are_kept_those_by_hand_too(work: Work) -> None:
    work.sql("CREATE TABLE byhand (x INT); INSERT INTO byhand VALUES (1), (2)")
    rows = {row["name"]: row for row in work.sql("SHOW TABLES").table().to_pylist()}
    assert {name: (row["rows"], row["columns"], row["kept"]) for name, row in rows.items()} == {
        "raw": (60, 4, "built whole"),
        "features": (60, 4, "built whole"),
        "byhand": (2, 1, "made by hand"),
    }
    (view,) = work.sql("SHOW VIEWS").table().to_pylist()
    assert view["reads"] == "features"


def test_status_says_of_every_object_how_it_is(work: Work) -> None:
    before = {row["name"]: row["state"] for row in status(work.session).to_pylist()}
    assert before["known"] == "holds"
    assert before["m"].startswith("version 1, ")
    assert before["e"] == "serves m version 1"
    assert before["w"] == "has not looked yet"
    assert before["r"] == "has not fired"
    work.turn()
    work.turn()
    after = {row["name"]: row["state"] for row in status(work.session).to_pylist()}
    assert after["w"].startswith("breached: row_count > 1")


def links(work: Work, name: str | None) -> set[tuple[str, str, str]]:
    found = trace(work.session, work.graph(), name).table().to_pydict()
    return set(zip(*found.values(), strict=True))


def test_lineage_leads_from_the_raw_file_to_the_trigger(work: Work) -> None:
    snapshots = get_version(work.session.catalog, "m", 1).sources
    whole = {
        ("table raw", "file a.csv", "reads"),
        ("table features", "table raw", "reads"),
        ("view few", "table features", "reads"),
        ("assertion known", "table raw", "checks"),
        ("model m@1", "view few", "reads"),
        ("goal g", "model m@1", "judges"),
        ("endpoint e", "model m@1", "serves"),
        ("monitor w", "table raw", "watches"),
        ("trigger r", "monitor w", "fires on breach"),
        ("trigger r", "model m@1", "retrains"),
    }
    assert links(work, None) == links(work, "raw") == whole
    found = trace(work.session, work.graph(), None)
    assert f"trained on features at snapshot {snapshots['features']}" in found.words[Node("model", "m", 1)]
    assert found.words[Node("file", "a.csv")] == "1 file"
    assert found.words[Node("trigger", "r")] == "retrain model m"


def test_lineage_of_an_object_holds_what_is_above_and_below_it_and_nothing_beside_it(work: Work) -> None:
    assert links(work, "E") == {
        ("endpoint e", "model m@1", "serves"),
        ("model m@1", "view few", "reads"),
        ("view few", "table features", "reads"),
        ("table features", "table raw", "reads"),
        ("table raw", "file a.csv", "reads"),
    }
    assert {made for made, _, _ in links(work, "w")} == {"monitor w", "table raw", "trigger r"}


def test_lineage_of_a_version_tells_the_snapshots_that_trained_it(work: Work) -> None:
    work.sql(
        "CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['twice']) AS "
        "SELECT twice, town FROM features WHERE twice IS NOT NULL"
    )
    first, second = (get_version(work.session.catalog, "m", number).sources["features"] for number in (1, 2))
    work.sql(
        "UPDATE features SET twice = twice + 1; CREATE ENDPOINT other ON MODEL m;"
        "ALTER ENDPOINT other SET TRAFFIC (1 = 30, champion = 70)"
    )
    rows = set(work.rows("SHOW LINEAGE OF m"))
    assert ("model m@2", "table features", f"trained on snapshot {second}") in rows
    assert ("endpoint other", "model m@2", "serves 70 %") in rows
    assert not any("m@1" in made for made, _, _ in rows)
    rows = set(work.rows('SHOW LINEAGE OF "m@1"'))
    assert ("model m@1", "table features", f"trained on snapshot {first}") in rows
    assert ("endpoint other", "model m@1", "serves 30 %") in rows
    with pytest.raises(UnknownName, match="no version 9"):
        work.sql('SHOW LINEAGE OF "m@9"')


def test_lineage_of_what_is_not_made_yet_and_of_tables_made_by_hand(open_work: OpenWork) -> None:
    opened = open_work({"p.sql": PROJECT + "CREATE TABLE joined AS SELECT * FROM raw JOIN byhand USING (id);"})
    opened.sql("CREATE TABLE byhand (id INT)")
    found = trace(opened.session, opened.graph(), None)
    assert ("model m", "view few", "reads") in {(str(x.object), str(x.source), x.how) for x in found.links}
    assert found.words[Node("model", "m")] == "not made yet"
    assert found.words[Node("table", "byhand")] == "not of this project"
    assert found.words[Node("file", "a.csv")] == "no such file"


def test_a_trigger_that_listens_to_nothing_made_is_found_at_what_it_acts_on(open_work: OpenWork) -> None:
    opened = open_work(
        {
            "a.csv": DATA,
            "p.sql": PROJECT + "CREATE TRIGGER nightly ON SCHEDULE '0 3 * * *' DO RETRAIN MODEL m;"
            "CREATE TRIGGER news ON ARRIVAL 'new/*.csv' DO REFRESH TABLE raw;",
        }
    )
    opened.run()
    assert ("trigger nightly", "model m@1", "retrains") in links(opened, "m")
    assert ("trigger nightly", "schedule 0 3 * * *", "fires on schedule") in links(opened, "nightly")
    assert ("trigger news", "table raw", "refreshes") in links(opened, "raw")


def test_a_column_is_followed_to_where_it_comes_from(work: Work) -> None:
    end = ("raw.city", "file a.csv", "read from")
    assert links(work, "features.town") == {("features.town", "raw.city", "computed from"), end}
    assert links(work, "few.town") == {("few.town", "features.town", "computed from"), *links(work, "features.town")}
    assert links(work, "M.Town") == {("m.town", "few.town", "computed from"), *links(work, "few.town")}
    with pytest.raises(UnknownName, match=r"Did you mean 'features\.town'"):
        links(work, "features.twon")
    with pytest.raises(UnknownName, match="no object 'nothing'"):
        links(work, "nothing")
