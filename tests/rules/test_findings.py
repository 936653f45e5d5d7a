"""What each rule says, where it points, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.graph.topology import build_graph
from penstock.project.load import Project
from penstock.rules.registry import check

ProjectFrom = Callable[[Mapping[str, str]], Project]
HOURS = "CREATE TABLE hours AS SELECT * FROM 'hour.csv';\n"
MODEL = "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT * FROM hours;\n"


@pytest.fixture
def findings(project: ProjectFrom) -> Callable[..., list[Diagnostic]]:
    def find(sql: str, *codes: str, **known: object) -> list[Diagnostic]:
        loaded = project({"a.sql": sql})
        assert loaded.diagnostics == ()
        found = check(loaded, build_graph(loaded), **known)  # type: ignore[arg-type]
        return [finding for finding in found if not codes or finding.code in codes]

    return find


Find = Callable[..., list[Diagnostic]]


def shown(found: Sequence[Diagnostic]) -> list[str]:
    return [f"{finding.span}: {finding.message} {finding.hint}" for finding in found]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "CREATE VIEW v AS\nSELECT huors.x FROM huors;",
            "a.sql:3:21: There is no table or view 'huors', which view v uses. Did you mean 'hours'?",
        ),
        (
            "CREATE VIEW v AS SELECT * FROM ML.PREDICT(MODEL mm, TABLE hours);",
            "a.sql:2:49: There is no model 'mm', which view v uses. Did you mean 'm'?",
        ),
        (
            "CREATE ASSERTION a ON hour CHECK (x > 0);",
            "a.sql:2:23: There is no table or view 'hour', which assertion a uses. Did you mean 'hours'?",
        ),
        (
            "CREATE TRIGGER r ON LABELS OF en (5) DO RUN PROJECT;",
            "a.sql:2:31: There is no endpoint 'en', which trigger r uses. Did you mean 'e'?",
        ),
        (
            "CREATE VIEW v AS SELECT * FROM m;",
            (
                "a.sql:2:32: There is no table or view 'm', which view v uses. m is a model: "
                "read it with ML.PREDICT(MODEL m, TABLE …)."
            ),
        ),
        (
            "CREATE ENDPOINT e2 ON MODEL hours;",
            "a.sql:2:29: There is no model 'hours', which endpoint e2 uses. hours is a table.",
        ),
    ],
)
def test_an_unknown_name_is_told_where_it_stands(find_unknown: Find, sql: str, expected: str) -> None:
    assert shown(find_unknown(HOURS + sql + "\n" + MODEL + "CREATE ENDPOINT e ON MODEL m;")) == [expected]


@pytest.fixture
def find_unknown(findings: Find) -> Find:
    return lambda sql: findings(sql, "PS001", "PS002", "PS003", "PS004")


def test_what_exists_beside_the_project_is_known(findings: Find) -> None:
    sql = "CREATE VIEW v AS SELECT * FROM Beside.t, ML.PREDICT(MODEL old, TABLE hours);" + HOURS
    assert len(findings(sql, "PS001", "PS002")) == 2
    existing = {Kind.TABLE: ["beside.T"], Kind.MODEL: ["OLD"]}
    assert findings(sql, "PS001", "PS002", existing=existing) == []
    [finding] = findings("CREATE VIEW v AS SELECT * FROM beside.tt;", "PS001", existing=existing)
    assert finding.hint == "Did you mean 'beside.T'?"


def test_the_tables_of_the_system_are_known(findings: Find) -> None:
    sql = "CREATE VIEW v AS SELECT * FROM penstock.predictions, information_schema.tables, duckdb_tables;"
    assert findings(sql, "PS001") == []


def test_a_name_given_twice_is_told_at_both_places(findings: Find) -> None:
    found = findings(
        "CREATE TABLE t AS SELECT 1 AS x;\nCREATE VIEW v AS SELECT 1 AS x;\nCREATE TABLE\n  main.T AS SELECT 2 AS x;",
        "PS005",
    )
    hint = "Rename one of them, or delete it."
    assert shown(found) == [
        f"a.sql:1:14: Table t is defined twice: also as table at a.sql:3:1. {hint}",
        f"a.sql:4:3: Table main.T is defined twice: also as table at a.sql:1:1. {hint}",
    ]


def test_an_endpoint_may_have_the_name_of_its_model(findings: Find) -> None:
    assert (
        findings(
            HOURS + MODEL + "CREATE ENDPOINT m ON MODEL m; CREATE GOAL m ON MODEL m ACCEPT WHEN x > 0;",
            "PS006",
        )
        == []
    )
    assert len(findings("CREATE TABLE a AS SELECT 1 AS x; CREATE VIEW A AS SELECT 1 AS x;", "PS006")) == 2


def test_a_cycle_points_at_the_name_that_closes_it(findings: Find) -> None:
    [finding] = findings("CREATE TABLE b AS\nSELECT * FROM a;\nCREATE TABLE a AS\nSELECT * FROM b;", "PS007")
    assert finding.message == "These need each other in a circle: table a → table b → table a."
    assert str(finding.span) == "a.sql:4:15"


@pytest.mark.parametrize(
    "use",
    [
        "CREATE VIEW v AS SELECT * FROM t; CREATE MONITOR w ON TABLE v BREACH WHEN x > 0;",
        "CREATE MONITOR w ON TABLE t BREACH WHEN x > 0;",
        "CREATE TRIGGER r ON SCHEDULE '* * * * *' DO REFRESH TABLE t;",
    ],
)
def test_a_table_that_anything_uses_is_used(findings: Find, use: str) -> None:
    assert findings(HOURS + MODEL + "CREATE TABLE t AS SELECT 1 AS x;" + use, "PS008") == []


def test_an_assertion_alone_does_not_use_its_table_and_predictions_are_an_end(findings: Find) -> None:
    found = findings(
        HOURS + MODEL + "CREATE TABLE t AS SELECT 1 AS x; CREATE ASSERTION k ON t CHECK (x > 0);"
        "CREATE TABLE p AS SELECT * FROM ML.PREDICT(MODEL m, TABLE hours);",
        "PS008",
    )
    assert [finding.message for finding in found] == ["Nothing uses table t."]


def test_a_project_without_a_model_has_no_unused_table(findings: Find) -> None:
    assert findings("CREATE TABLE t AS SELECT 1 AS x;", "PS008") == []


def test_an_ungated_retraining_names_the_endpoint_that_it_reaches(findings: Find) -> None:
    sql = HOURS + MODEL + "CREATE ENDPOINT e ON MODEL m;\nCREATE TRIGGER r ON SCHEDULE '* * * * *' DO RETRAIN MODEL M;"
    [finding] = findings(sql, "PS010")
    assert "each new version becomes the champion and serves at endpoint e without being judged" in finding.message
    assert str(finding.span) == "a.sql:4:59"


def test_an_unknown_measure_is_told_only_when_the_measures_are_known(findings: Find) -> None:
    sql = HOURS + "CREATE MONITOR w ON TABLE hours BREACH WHEN Null_Rate > 0.1\n  OR maxpsi > 0.2 AND champion.r2 > 0;"
    assert findings(sql, "PS011") == []
    assert findings(sql, "PS011", known_measures=lambda resource: None) == []
    found = findings(sql, "PS011", known_measures=lambda resource: ["null_rate", "max_psi"])
    assert [str(finding.span) for finding in found] == ["a.sql:3:6", "a.sql:3:23"]
    assert found[0].hint == "Did you mean 'max_psi'?"


@pytest.mark.parametrize("address", ["ops@example.com", "ftp://x.org/a", "https://", "http:/x.org", "https://[x"])
def test_an_address_off_the_web_is_refused_at_its_text(findings: Find, address: str) -> None:
    [finding] = findings(f"CREATE TRIGGER r ON SCHEDULE '* * * * *' DO NOTIFY '{address}';", "PS012")
    assert str(finding.span) == "a.sql:1:52"


@pytest.mark.parametrize(
    ("method", "count"), [("AUTO_SPLIT", 1), ("random", 1), ("SEQ", 0), ("CUSTOM", 0), ("NO_SPLIT", 0)]
)
def test_only_a_shuffled_split_clashes_with_a_goal_over_time(findings: Find, method: str, count: int) -> None:
    sql = HOURS + MODEL.replace("['cnt']", f"['cnt'], data_split_method = '{method}'")
    goal = "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'at') ACCEPT WHEN r2_score > 0;"
    assert len(findings(sql + goal, "PS014")) == count
    assert findings(sql + "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > 0;", "PS014") == []


def test_a_window_takes_the_time_column_of_its_table(findings: Find) -> None:
    table = "CREATE TABLE t OPTIONS (time_column = 'at') AS SELECT 1 AS x, now() AS at;"
    assert findings(table + "CREATE MONITOR w ON TABLE t OPTIONS (window = '7 days') BREACH WHEN x > 0;", "PS015") == []


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("SELECT 1 AS x, 2 AS y", True),
        ("SELECT 1 AS x, 2 AS Label", False),
        ("SELECT * FROM known", True),
        ("SELECT *, 1 AS label FROM known", False),
        ("SELECT * FROM hours", False),  # a file's columns are not known
        ("SELECT k.* FROM known k JOIN hours h USING (a)", False),  # a star over a join is not followed
        ("SELECT * FROM over_known", True),
        ("SELECT * FROM (SELECT 1 AS label)", False),
    ],
)
def test_a_missing_label_is_told_only_when_the_columns_are_known(findings: Find, query: str, missing: bool) -> None:
    tables = HOURS + "CREATE TABLE known AS SELECT 1 AS a, 2 AS b; CREATE VIEW over_known AS SELECT * FROM known;"
    sql = f"{tables} CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS {query};"
    assert bool(findings(sql, "PS017")) is missing
    assert findings(sql.replace("linear_reg", "kmeans"), "PS017") == []


def test_built_tables_tell_the_columns_of_files(findings: Find) -> None:
    sql = HOURS + MODEL.replace("'cnt'", "'count'")
    assert findings(sql, "PS018") == []
    columns = {"hours": ["at", "cnt"]}
    [finding] = findings(sql, "PS018", columns_of=columns.get)
    assert finding.message == "input_label_cols of model m names 'count', which its query does not give."
    assert (finding.hint, str(finding.span)) == ("Did you mean 'cnt'?", "a.sql:2:52")


def test_every_option_that_names_a_column_is_checked(findings: Find) -> None:
    sql = (
        "CREATE TABLE t OPTIONS (unique_key = ['id', 'idd'], time_column = 'att') AS SELECT 1 AS "
        "id, now() AS at, 2 AS y;"
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['yy'], "
        "data_split_col = 'att') AS FROM t;"
        "CREATE MODEL taste OPTIONS (model_type = 'matrix_factorization', user_col = 'idd', item_col = 'id') AS FROM t;"
        "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'att') ACCEPT WHEN x > 0;"
        "CREATE MONITOR w ON TABLE t OPTIONS (time_column = 'att') BREACH WHEN x > 0;"
    )
    named = [(f.message.split(" names ")[0], f.message.split("'")[1]) for f in findings(sql, "PS018")]
    assert named == [
        ("unique_key of table t", "idd"),
        ("time_column of table t", "att"),
        ("input_label_cols of model m", "yy"),
        ("data_split_col of model m", "att"),
        ("user_col of model taste", "idd"),
        ("time_column of goal g", "att"),
        ("time_column of monitor w", "att"),
    ]


def test_tables_that_read_each_other_in_a_circle_tell_no_columns(findings: Find) -> None:
    sql = "CREATE TABLE a AS SELECT * FROM b; CREATE TABLE b AS SELECT * FROM a;"
    assert findings(sql + "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM a;", "PS017") == []


@pytest.mark.parametrize(
    ("columns", "leaks"),
    [
        ("cnt AS label, cnt", True),
        ("cnt AS label, h.cnt AS c", True),
        ("h.cnt AS label, log(cnt + 1) AS l", True),
        ("cnt > 100 AS label, cnt", True),
        ("*, cnt AS label", True),
        ("h.*, h.cnt AS label", True),
        ("* EXCLUDE (CNT), cnt AS label", False),
        ("* REPLACE (0 AS cnt), cnt AS label", False),
        ("* RENAME (cnt AS label)", False),
        ("cnt AS label, lag(cnt) OVER (ORDER BY at) AS before", False),
        ("cnt AS label, (SELECT max(cnt) FROM hours) AS most", False),
        ("cnt AS label, w.cnt AS c", True),
        ("h.cnt AS label, w.cnt AS c", False),
        ("arrived - ordered AS label, ordered", False),
        ("count(*) AS label, x", False),
        ("cnt AS label, cnt - casual AS c", False),
        ("cnt AS target, cnt", False),
        ("1 AS label, cnt", False),
    ],
)
def test_a_label_leaks_when_a_feature_follows_from_its_column_alone(findings: Find, columns: str, leaks: bool) -> None:
    sql = f"CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT {columns} FROM hours h, weather w;"
    assert bool(findings(HOURS + "CREATE TABLE weather AS SELECT 1 AS x;" + sql, "PS019")) is leaks


def test_grouped_columns_and_transforms_are_no_leak(findings: Find) -> None:
    start = HOURS + "CREATE MODEL m "
    options = "OPTIONS (model_type = 'linear_reg') AS SELECT "
    assert findings(start + options + "day AS label, day AS d, sum(x) AS s FROM hours GROUP BY day;", "PS019") == []
    assert findings(start + "TRANSFORM (label, x) " + options + "*, cnt AS label FROM hours;", "PS019") == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("s3://AKIA:s3cr3t@bucket/x.csv", "password or key"),
        ("https://me:s3cr3t@x.org/x.csv", "password or key"),
        ("https://x.org/x.csv?access_token=s3cr3t", "access_token"),
        ("postgresql://me@db/x?password=s3cr3t", "password"),
        ("host=db user=me password=s3cr3t", "password"),
        ("Server=db;Database=x;Pwd=s3cr3t;", "pwd"),
        ("DefaultEndpointsProtocol=https;AccountKey=s3cr3t==", "accountkey"),
        ("s3://bucket/x.csv", None),
        ("https://me@x.org/x.csv", None),
        ("https://x.org/x.csv?page=2", None),
        ("host=db user=me", None),
        ("password", None),
        ("password=", None),
        ("https://[x", None),
    ],
)
def test_a_secret_is_told_at_its_text_and_never_repeated(findings: Find, text: str, secret: str | None) -> None:
    found = findings(f"CREATE TABLE t AS SELECT * FROM source('{text}');", "PS020")
    if secret is None:
        assert found == []
        return
    [finding] = found
    assert secret in finding.message
    assert "s3cr3t" not in str(finding)
    assert str(finding.span) == "a.sql:1:40"


def test_a_secret_in_an_address_to_notify_is_found_and_a_comment_is_not(findings: Find) -> None:
    found = findings(
        "-- 'password=x'\nCREATE TRIGGER r ON SCHEDULE '* * * * *' DO NOTIFY 'https://me:pw@x.org';", "PS020"
    )
    assert [str(finding.span) for finding in found] == ["a.sql:2:52"]


def test_findings_come_in_the_order_of_the_file(findings: Find) -> None:
    found = findings(
        "CREATE TABLE a AS SELECT 1 AS x;\nCREATE VIEW b AS SELECT * FROM zz;\nCREATE TABLE A AS SELECT 1 AS x;"
    )
    places = [(f.span.line, f.span.column) for f in found if f.span]
    assert places == sorted(places)
    assert len(places) >= 3


def test_the_name_in_backquotes_is_pointed_at(findings: Find) -> None:
    sql = "SET dialect = 'bigquery';\nCREATE TABLE `p.d.t` AS\nSELECT x FROM `p.d.missing`;"
    [finding] = findings(sql, "PS001")
    assert (str(finding.span), finding.message) == (
        "a.sql:3:15",
        "There is no table or view 'd.missing', which table d.t uses.",
    )


def test_korean_names_are_pointed_at(findings: Find) -> None:
    [finding] = findings("CREATE TABLE 시간 AS SELECT 1 AS x;\nCREATE VIEW v AS SELECT * FROM 시갼;", "PS001")
    assert (str(finding.span), finding.hint) == ("a.sql:2:32", "Known: 시간.")
