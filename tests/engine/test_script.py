"""Scripts run: variables, branches, loops, handled errors, and errors at the place of the mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from penstock.catalog.objects import get_object
from penstock.core.errors import AssertionFailed, BadData, UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.statement import execute
from penstock.lake.database import ArrowRows

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]


@pytest.fixture
def run(open_work: OpenWork) -> Callable[[str], list[tuple[object, ...]]]:
    work = open_work()
    return lambda text: work.rows(text, "bigquery")


Run = Callable[[str], list[tuple[object, ...]]]


def test_variables_keep_their_type_and_stand_in_queries(run: Run) -> None:
    text = """
    DECLARE x, y INT64 DEFAULT 2;
    DECLARE day DATE DEFAULT '2024-02-28';
    DECLARE share DEFAULT 0.5;
    DECLARE names ARRAY<STRING>;
    DECLARE nothing STRING;
    SET names = (SELECT ARRAY_AGG(CONCAT('n', CAST(n AS STRING)) ORDER BY n) FROM UNNEST([3, 1]) AS n);
    SET (x, y) = (x + 1, 10);
    SET (day, share) = (SELECT AS STRUCT DATE_ADD(day, INTERVAL y DAY), share * x);
    SELECT x, X + y AS total, CAST(day AS STRING) AS day, share, name, nothing IS NULL AS unset
    FROM UNNEST(names) AS name WHERE x = 3"""
    assert run(text) == [(3, 13, "2024-03-09", 1.5, "n1", True), (3, 13, "2024-03-09", 1.5, "n3", True)]


def test_a_selected_variable_gives_a_column_of_its_name(open_work: OpenWork) -> None:
    text = "DECLARE x INT64 DEFAULT 1; FOR r IN (SELECT 5 AS five) DO SELECT x, r.five, x AS y, x + 1; END FOR;"
    assert open_work().sql(text, "bigquery").schema.names == ["x", "five", "y", "f0_"]


def test_a_column_goes_before_a_variable_of_its_name(run: Run) -> None:
    text = """
    DECLARE id, other INT64 DEFAULT 100;
    CREATE TABLE t AS SELECT id FROM UNNEST([1, 2]) AS id;
    UPDATE t SET id = id + other WHERE id = 1;
    SELECT id, other AS other, id + other AS id2 FROM t WHERE id < other + 1000 AND id IN (SELECT id FROM t)
    ORDER BY id"""
    assert run(text) == [(2, 100, 102), (101, 100, 201)]
    assert run("DECLARE id INT64 DEFAULT 7; SELECT id") == [(7,)]
    # The name that a column of the result gets is no column yet where the rows are chosen.
    assert run("DECLARE low INT64 DEFAULT 1; SELECT id * 0 AS low FROM t WHERE id > low ORDER BY low") == [(0,), (0,)]


def test_a_table_goes_before_a_struct_of_its_name(run: Run) -> None:
    text = "FOR r IN (SELECT 1 AS a) DO SELECT r.a FROM UNNEST([STRUCT(5 AS a)]) AS r; END FOR"
    assert run(text) == [(5,)]


def test_branches_do_the_first_that_holds(run: Run) -> None:
    text = """DECLARE x INT64 DEFAULT {};
    IF x = 1 THEN SELECT 'one'; ELSEIF x > 1 THEN SELECT 'more'; ELSE SELECT 'other'; END IF"""
    assert [run(text.format(value)) for value in ("1", "2", "0", "NULL")] == [
        [("one",)],
        [("more",)],
        [("other",)],
        [("other",)],
    ]


def test_loops_run_until_they_are_left(run: Run) -> None:
    text = """
    DECLARE i, total INT64 DEFAULT 0;
    WHILE i < 3 DO SET i = i + 1; IF i = 2 THEN CONTINUE; END IF; SET total = total + i; END WHILE;
    LOOP SET i = i - 1; IF i = 0 THEN LEAVE; END IF; END LOOP;
    REPEAT SET i = i + 10; UNTIL i > 25 END REPEAT;
    outside: LOOP LOOP BREAK outside; END LOOP; END LOOP;
    SELECT i, total"""
    assert run(text) == [(30, 4)]


def test_for_gives_each_row_in_its_order(run: Run) -> None:
    text = """
    DECLARE seen STRING DEFAULT '';
    CREATE TABLE t AS SELECT * FROM UNNEST([STRUCT(2 AS n, '나' AS s), STRUCT(1, '가'), STRUCT(3, NULL)]);
    FOR r IN (SELECT * FROM t ORDER BY n) DO
      FOR q IN (SELECT n FROM t WHERE n < r.n) DO SET seen = CONCAT(seen, q.n); END FOR;
      SET seen = CONCAT(seen, IFNULL(r.s, '-'), ' ');
    END FOR;
    FOR r IN (SELECT * FROM t WHERE FALSE) DO SET seen = 'never'; END FOR;
    SELECT seen"""
    ((seen,),) = run(text)
    assert sorted(str(seen)) == sorted("가 1나 12- ") or sorted(str(seen)) == sorted("가 1나 21- ")
    assert str(seen).startswith("가 1나 ")


def test_a_handled_error_ends_the_block_and_not_the_script(run: Run) -> None:
    text = """
    DECLARE told STRING;
    CREATE TABLE t AS SELECT 1 AS x;
    BEGIN
      INSERT INTO t VALUES (2);
      SELECT IF(x = 2, ERROR(CONCAT('x is ', CAST(x AS STRING))), 'fine') FROM t;
      INSERT INTO t VALUES (3);
    EXCEPTION WHEN ERROR THEN
      SET told = @@error.message;
    END;
    SELECT told, (SELECT MAX(x) FROM t)"""
    assert run(text) == [("x is 2", 2)]


def test_an_error_can_be_raised_again(run: Run) -> None:
    text = "BEGIN\n  RAISE USING MESSAGE = 'too old';\nEXCEPTION WHEN ERROR THEN\n  RAISE;\nEND"
    with pytest.raises(UserError, match="sql:2:3: error raised: too old"):
        run(text)
    with pytest.raises(UserError, match="no error here to raise again"):
        run("RAISE")


def test_an_error_within_a_transaction_is_handled_and_undoes_it(run: Run) -> None:
    run("CREATE TABLE t AS SELECT 1 AS a")
    body = "BEGIN TRANSACTION; INSERT INTO t VALUES (2); SELECT 1 / 0; COMMIT TRANSACTION;"
    handler = "SELECT @@error.message AS told; ROLLBACK TRANSACTION; SELECT COUNT(*), @@error.message FROM t;"
    assert run(f"BEGIN {body} EXCEPTION WHEN ERROR THEN {handler} END") == [(1, "division by zero")]
    run("BEGIN TRANSACTION; INSERT INTO t VALUES (3); COMMIT TRANSACTION")
    with pytest.raises(UserError, match="division by zero"):
        run(body)
    assert run("SELECT a FROM t ORDER BY a") == [(1,), (3,)]


def test_return_ends_the_script(run: Run) -> None:
    assert run("SELECT 1; LOOP BEGIN RETURN; END; END LOOP; SELECT 2") == [(1,)]


def test_an_assertion_says_what_it_is_for(run: Run) -> None:
    run("ASSERT EXISTS(SELECT 1) AS 'one'")
    with pytest.raises(AssertionFailed, match="sql:1:1: error assertion: rows there are"):
        run("ASSERT (SELECT COUNT(*) > 0 FROM UNNEST(CAST([] AS ARRAY<INT64>)) AS x) AS 'rows there are'")


def test_what_lasts_keeps_the_value_that_a_variable_had(open_work: OpenWork) -> None:
    work = open_work()
    text = """
    DECLARE since DATE DEFAULT '2024-01-03';
    DECLARE word STRING DEFAULT r"it's a \\ backslash";
    DECLARE wanted ARRAY<INT64> DEFAULT [1, 4];
    DECLARE k INT64 DEFAULT 2;
    CREATE TABLE days AS SELECT n, DATE_ADD(since, INTERVAL n DAY) AS day, word FROM UNNEST(wanted) AS n;
    CREATE VIEW later AS SELECT n, word FROM days WHERE day > since;
    CREATE MODEL groups OPTIONS (model_type = 'kmeans', num_clusters = k, standardize_features = FALSE) AS
    SELECT n * k AS n FROM days CROSS JOIN UNNEST(GENERATE_ARRAY(1, 5)) AS again WHERE day > since;"""
    assert "model groups" in work.sql(text, "bigquery").message
    assert work.rows("SELECT n, word FROM later ORDER BY n") == [(n, "it's a \\ backslash") for n in (1, 4)]
    state = get_object(work.session.catalog, ResourceName(Kind.MODEL, "groups"))
    assert state is not None
    assert "num_clusters = 2" in state.definition
    assert "CAST('2024-01-03' AS DATE)" in state.definition
    assert work.rows("SELECT count(*) FROM ML.CENTROIDS(MODEL groups)") == [(2,)]


def test_a_value_that_is_written_down_keeps_its_type(run: Run) -> None:
    text = """
    DECLARE 합계 FLOAT64 DEFAULT CAST('inf' AS FLOAT64);
    DECLARE at TIMESTAMP DEFAULT TIMESTAMP '2024-01-01 09:00:00+09';
    DECLARE local DATETIME DEFAULT '2024-01-01 09:00:00.5';
    DECLARE price NUMERIC DEFAULT NUMERIC '1.50';
    DECLARE raw BYTES DEFAULT FROM_HEX('00ff');
    DECLARE yes BOOL DEFAULT TRUE;
    DECLARE items ARRAY<STRUCT<a INT64, b STRING>> DEFAULT [STRUCT(1 AS a, "가'나" AS b)];
    CREATE TABLE t AS SELECT 합계 AS s, at AS moment, local AS l, price AS p, raw AS r, yes AS y, items AS i;
    SELECT s = 합계, moment = at, l = local, p = price, r = raw, y = yes, i = items FROM t"""
    assert run(text) == [(True,) * 7]
    types = {row[0]: row[1] for row in run("DESCRIBE t")}
    assert types["moment"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["l"], types["p"], types["s"]) == ("TIMESTAMP", "DECIMAL(38,9)", "DOUBLE")


def test_a_variable_reaches_into_a_table_function(run: Run) -> None:
    text = """
    DECLARE cut, k INT64 DEFAULT 3;
    CREATE TABLE t AS SELECT n, n * 2 AS y FROM UNNEST(GENERATE_ARRAY(1, 50)) AS n;
    CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT * FROM t;
    SELECT COUNT(*) FROM ML.EXPLAIN_PREDICT(MODEL m, (SELECT * FROM t WHERE n <= cut), STRUCT(k AS top_k_features))"""
    assert run(text) == [(3,)]


def test_a_drift_retrains_as_the_documentation_shows(open_work: OpenWork) -> None:
    work = open_work()
    text = """
    DECLARE bar FLOAT64 DEFAULT 0.9;
    CREATE OR REPLACE TABLE seen AS SELECT n AS x, IF(n > 25, 5 * n, n) AS y FROM UNNEST(GENERATE_ARRAY(1, 50)) AS n;
    CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS
    SELECT * FROM seen WHERE x <= 25;
    IF EXISTS (SELECT 1 FROM ML.EVALUATE(MODEL m, TABLE seen) WHERE r2_score < bar) THEN
      CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT * FROM seen;
    END IF;
    SELECT IF(r2_score < bar, ERROR('The model is still too bad'), 'good') FROM ML.EVALUATE(MODEL m, TABLE seen);"""
    with pytest.raises(UserError, match="still too bad"):
        work.rows(text.replace("0.9", "0.999999"), "bigquery")
    assert work.sql("SHOW VERSIONS OF m").table().num_rows == 2
    assert work.rows(text.replace("0.9", "0.1"), "bigquery") == [("good",)]


def test_executed_text_gets_its_values_bound(run: Run) -> None:
    text = """
    DECLARE a, b INT64;
    DECLARE name STRING DEFAULT "'; DROP TABLE t; --";
    CREATE TABLE t AS SELECT 1 AS x, name AS s;
    EXECUTE IMMEDIATE 'SELECT x, ? * @@x FROM t WHERE s = ?' INTO a, b USING 20, name;
    SELECT a, b""".replace("@@x", "2")
    assert run(text) == [(1, 40)]
    named = "EXECUTE IMMEDIATE 'SELECT @n AS n, @n + @m AS m FROM t' USING 1 AS n, 2 AS m"
    assert run(named) == [(1, 3)]
    assert run("EXECUTE IMMEDIATE 'CREATE TABLE u AS SELECT ? AS x' USING 'a'; SELECT * FROM u") == [("a",)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("EXECUTE IMMEDIATE 'COPY t TO \"x.csv\"'", "EXECUTE IMMEDIATE does not do COPY."),
        ("EXECUTE IMMEDIATE 'SET threads = 1'", "There is no variable threads."),
        ("EXECUTE IMMEDIATE 'SELECT 1; SELECT 2'", "EXECUTE IMMEDIATE does one statement, and none of a script."),
        ("EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE \"SELECT 1\"'", "EXECUTE IMMEDIATE does one statement"),
        ("EXECUTE IMMEDIATE ''", "EXECUTE IMMEDIATE does one statement"),
        ("EXECUTE IMMEDIATE CAST(NULL AS STRING)", "A text is needed here, not NULL."),
        ("EXECUTE IMMEDIATE 'SELECT @a' USING 1", "a has no value."),
        ("DECLARE x INT64; EXECUTE IMMEDIATE 'SELECT x'", "There is no column 'x' here."),
        ("DECLARE x INT64; EXECUTE IMMEDIATE 'SELECT 1, 2' INTO x", "There are 1 variable and 2 values."),
        ("DECLARE x INT64; EXECUTE IMMEDIATE 'SELECT n FROM UNNEST([1, 2]) AS n' INTO x", "INTO takes one row"),
    ],
)
def test_executed_text_does_one_statement_and_no_more(run: Run, text: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        run(text)
    assert told in str(caught.value)
    assert str(caught.value).startswith("sql:1:")


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("DECLARE x INT64;\nSELECT x, x, nosuch FROM UNNEST([1]) AS e", UnknownName, "sql:2:14: "),
        ("DECLARE x INT64;\nSELECT x, 1\nFROM nowhere WHERE x = 1", UnknownName, "sql:3:6: "),
        ("DECLARE x INT64;\nSET x = (SELECT x + y FROM UNNEST([1]) AS e)", UnknownName, "sql:2:21: "),
        ("DECLARE x INT64; CREATE TABLE t AS\nSELECT x AS a, nosuch FROM UNNEST([1]) AS e", UnknownName, "sql:2:16: "),
        ("DECLARE d DATE\nDEFAULT 'yesterday'", BadData, "sql:2:9: "),
        ("DECLARE x INT64;\nSET x = 2.5", BadData, "x holds whole numbers"),
        ("DECLARE x INT64; SET x = (SELECT e FROM UNNEST([1, 2]) AS e)", BadData, "More than one row"),
        ("IF 3 THEN SELECT 1; END IF", BadData, "sql:1:4: error data: A condition is true or false; this is BIGINT."),
        ("DECLARE x, y INT64;\nSET (x, y) = (1, 2, 3)", BadData, "There are 2 variables and 3 values."),
        ("DECLARE x, y INT64;\nSET (x, y) = 1", BadData, "A struct is needed here"),
        ("RAISE USING MESSAGE = NULL", BadData, "sql:1:23: error data: A text is needed here, not NULL."),
        ("SELECT 1;\nIF TRUE THEN SELECT 2", UserError, "sql:2:9: "),
    ],
)
def test_an_error_points_at_what_was_written(run: Run, text: str, kind: type[UserError], told: str) -> None:
    with pytest.raises(kind) as caught:
        run(text)
    assert told in str(caught.value)


def test_nothing_is_done_when_any_part_does_not_parse(open_work: OpenWork) -> None:
    work = open_work()
    with pytest.raises(UserError):
        work.sql("CREATE TABLE a AS SELECT 1 AS x; IF TRUE THEN CREATE MODLE m; END IF", "bigquery")
    assert work.rows("SHOW TABLES") == []


def test_variables_of_one_script_are_gone_in_the_next(run: Run) -> None:
    run("DECLARE x INT64 DEFAULT 1; SELECT x")
    with pytest.raises(UnknownName):
        run("DECLARE y INT64; SELECT x")
    with pytest.raises(UnknownName):
        run("BEGIN DECLARE z INT64; END; BEGIN DECLARE y INT64; SELECT z; END")


def test_a_script_reads_the_callers_tables(open_work: OpenWork) -> None:
    work = open_work()
    table = pa.table({"x": [1, 2, None]})
    frames = {"mine": ArrowRows(table.schema, lambda: iter(table.to_batches()))}
    text = "DECLARE n INT64 DEFAULT (SELECT COUNT(x) FROM mine); SELECT n, SUM(x) AS s FROM mine WHERE x <= n"
    found = {name: (lambda rows=rows: rows) for name, rows in frames.items()}
    (result,) = execute(work.session, text, dialect="bigquery", variables=found.get)
    assert result.table().to_pylist() == [{"n": 2, "s": 3}]


def test_a_script_without_a_result_says_that_it_has_run(open_work: OpenWork) -> None:
    assert open_work().sql("DECLARE x INT64", "bigquery").message == "the script has run"


def test_a_project_refuses_scripts_and_says_where_they_run(open_work: OpenWork) -> None:
    work = open_work({"penstock.toml": "[project]\ndialect = 'bigquery'\n", "a.sql": "IF TRUE THEN SELECT 1; END IF"})
    with pytest.raises(UserError) as caught:
        work.run()
    assert "a.sql:1:1: error not-a-declaration: IF belongs to a script" in str(caught.value)
    assert "penstock sql --dialect bigquery -f FILE" in str(caught.value)


def test_the_last_of_several_queries_of_functions_gives_its_rows(run: Run) -> None:
    text = "SELECT name FROM ML.DESCRIBE_DATA((SELECT {0} AS x), STRUCT(2 AS num_quantiles));"
    both = text.format("1") + text.format("2").replace(" name ", " name, num_rows ")
    assert run(both) == [("x", 1)]
    assert run(both + both) == [("x", 1)]
