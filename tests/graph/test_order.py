"""From files to levels: what waits for what. A table of cases, then random graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import UserError
from penstock.core.names import Kind
from penstock.core.settings import Settings
from penstock.graph.order import execution_order
from penstock.graph.topology import Graph, build_graph
from penstock.project.load import Project, project_from_statements
from penstock.sql.parse import parse_script

ProjectFrom = Callable[[Mapping[str, str]], Project]
MODEL = "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t;"


@dataclass(frozen=True)
class Case:
    name: str
    sql: str
    levels: list[list[str]]
    external: tuple[str, ...] = ()


CASES = [
    Case("nothing", "", []),
    Case(
        "a chain runs in its own order, not in that of the file",
        "CREATE VIEW c AS SELECT * FROM b; CREATE TABLE b AS SELECT * FROM a; CREATE TABLE a AS SELECT 1 AS x;",
        [["table a"], ["table b"], ["view c"]],
    ),
    Case(
        "independent tables run together, sorted by name",
        "CREATE TABLE z AS SELECT 1 AS x; CREATE TABLE y AS SELECT 1 AS x; CREATE TABLE b AS SELECT * FROM z, y;",
        [["table y", "table z"], ["table b"]],
    ),
    Case(
        "names are found in any case, and with the schema main",
        "CREATE TABLE Hours AS SELECT 1 AS x; CREATE TABLE a AS SELECT * FROM HOURS JOIN main.hours h USING (x);",
        [["table Hours"], ["table a"]],
    ),
    Case(
        "a common table expression hides a table of its name",
        "CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS WITH a AS (SELECT 2 AS x) SELECT * FROM a;",
        [["table a", "table b"]],
    ),
    Case(
        "two schemas are two tables",
        "CREATE TABLE s.a AS SELECT 1 AS x; CREATE TABLE a AS SELECT * FROM s.a;",
        [["table s.a"], ["table a"]],
    ),
    Case(
        "a name that nobody declares is kept as external",
        "CREATE TABLE a AS SELECT * FROM elsewhere.t;",
        [["table a"]],
        ("elsewhere.t",),
    ),
    Case(
        "a file is no table",
        "CREATE TABLE a AS SELECT * FROM 'x/*.csv';",
        [["table a"]],
    ),
    Case(
        "an assertion runs before what reads its table, and only that",
        "CREATE TABLE t AS SELECT 1 AS x; CREATE ASSERTION k ON t CHECK (x > 0); CREATE VIEW v AS "
        "SELECT * FROM t;"
        "CREATE TABLE other AS SELECT 1 AS x;",
        [["table other", "table t"], ["assertion k"], ["view v"]],
    ),
    Case(
        "two assertions of a table run together",
        "CREATE TABLE t AS SELECT 1 AS x; CREATE ASSERTION k ON t CHECK (x > 0); "
        "CREATE ASSERTION j ON t CHECK (x < 9);",
        [["table t"], ["assertion j", "assertion k"]],
    ),
    Case(
        "an assertion that reads what is made from its table comes after that",
        "CREATE TABLE t AS SELECT 1 AS x; CREATE TABLE u AS SELECT * FROM t; CREATE TABLE w AS "
        "SELECT * FROM t;"
        "CREATE ASSERTION k ON t CHECK (x IN (SELECT x FROM u));",
        [["table t"], ["table u"], ["assertion k"], ["table w"]],
    ),
    Case(
        "assertions that read each other's readers do not wait in a circle",
        "CREATE TABLE s AS SELECT 1 AS x; CREATE TABLE t AS SELECT 1 AS x;"
        "CREATE TABLE x AS SELECT * FROM s; CREATE TABLE y AS SELECT * FROM t;"
        "CREATE ASSERTION a1 ON t CHECK (x IN (SELECT x FROM x));"
        "CREATE ASSERTION a2 ON s CHECK (x IN (SELECT x FROM y));",
        [["table s", "table t"], ["table x"], ["assertion a1"], ["table y"], ["assertion a2"]],
    ),
    Case(
        "predictions and endpoints wait for the goal of their model",
        "CREATE TABLE t AS SELECT 1 AS x, 2 AS label;"
        + MODEL
        + "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > 0; CREATE ENDPOINT e ON MODEL m;"
        "CREATE TABLE p AS SELECT * FROM ML.PREDICT(MODEL m, TABLE t);",
        [["table t"], ["model m"], ["goal g"], ["endpoint e", "table p"]],
    ),
    Case(
        "the loop hangs together",
        "CREATE TABLE t AS SELECT 1 AS x, 2 AS label;"
        + MODEL
        + "CREATE ENDPOINT e ON MODEL m; CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 1;"
        "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m, REFRESH TABLE t, ROLLBACK ENDPOINT e, "
        "NOTIFY 'http://x';"
        "CREATE MONITOR wt ON TABLE t BREACH WHEN null_rate > 1; "
        "CREATE TRIGGER l ON LABELS OF e (10) DO RUN PROJECT;"
        "CREATE TRIGGER s ON SCHEDULE '* * * * *' DO RUN PROJECT;",
        [
            ["table t", "trigger s"],
            ["model m", "monitor wt"],
            ["endpoint e"],
            ["monitor w", "trigger l"],
            ["trigger r"],
        ],
    ),
    Case(
        "whatever the loop does not find is external",
        "CREATE GOAL g ON MODEL m1 ACCEPT WHEN x > 0; CREATE ENDPOINT e ON MODEL m2;"
        "CREATE MONITOR w ON ENDPOINT e2 BREACH WHEN x > 0; CREATE MONITOR wt ON TABLE t2 BREACH WHEN x > 0;"
        "CREATE TRIGGER r ON BREACH OF w2 DO RETRAIN MODEL m3, REFRESH TABLE t3, ROLLBACK ENDPOINT e3;"
        "CREATE TRIGGER l ON LABELS OF e4 (10) DO RUN PROJECT; CREATE ASSERTION k ON t4 CHECK (x > 0);",
        [
            [
                "assertion k",
                "endpoint e",
                "goal g",
                "monitor w",
                "monitor wt",
                "trigger l",
                "trigger r",
            ]
        ],
        ("t4", "m2", "m1", "e2", "t2", "e4", "e3", "m3", "w2", "t3"),
    ),
    Case(
        "a table that has the name of a model is another object",
        "CREATE TABLE t AS SELECT 1 AS x, 2 AS label;" + MODEL + "CREATE VIEW v AS SELECT * FROM m;",
        [["table t", "view v"], ["model m"]],
        ("m",),
    ),
]


def graph_of(sql: str) -> Graph:
    script = parse_script(sql, "a.sql")
    assert script.diagnostics == ()
    project = project_from_statements(script.statements, Settings(Path(), "p"))
    assert project.diagnostics == ()
    return build_graph(project)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_levels_and_external_names(case: Case) -> None:
    graph = graph_of(case.sql)
    assert [[str(name) for name in level] for level in execution_order(graph)] == case.levels
    assert tuple(external.name for external in graph.external) == case.external


def test_the_order_does_not_depend_on_the_files(project: ProjectFrom) -> None:
    parts = [part + ";" for part in CASES[-3].sql.split(";") if part.strip()]
    one = project({"a.sql": "".join(parts)})
    many = project({"a.sql": "", **{f"{99 - number}.sql": part for number, part in enumerate(parts)}})
    assert execution_order(build_graph(one)) == execution_order(build_graph(many))


def test_a_circle_has_no_order_and_is_shown() -> None:
    graph = graph_of(
        "CREATE TABLE a AS SELECT * FROM b; CREATE TABLE b AS SELECT * FROM a; CREATE TABLE c AS SELECT 1 x;"
    )
    with pytest.raises(UserError, match="table a → table b → table a") as refused:
        execution_order(graph)
    assert str(refused.value.diagnostics[0].span) == "a.sql:1:1"


@given(st.data())
def test_everything_stands_after_what_it_needs_and_runs_once(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    parents = [
        data.draw(st.lists(st.integers(0, number - 1), unique=True, max_size=3)) if number else []
        for number in range(count)
    ]
    statements = [
        f"CREATE TABLE t{number} AS SELECT 1 AS x{''.join(f', t{other}.x AS x{other}' for other in needed)}"
        f"{' FROM ' if needed else ''}{', '.join(f't{other}' for other in needed)};"
        for number, needed in enumerate(parents)
    ]
    checked = data.draw(st.lists(st.integers(0, count - 1), unique=True))
    statements += [f"CREATE ASSERTION k{number} ON t{number} CHECK (x > 0);" for number in checked]
    graph = graph_of("".join(data.draw(st.permutations(statements))))
    level_of = {name: number for number, level in enumerate(execution_order(graph)) for name in level}
    assert level_of.keys() == graph.resources.keys()
    for name in graph.resources:
        assert all(level_of[needed] < level_of[name] for needed in (*graph.parents[name], *graph.waits[name]))
        assert all(name in graph.parents[child] for child in graph.children[name])
        if name.kind is Kind.TABLE:
            assert {f"t{number}" for number in parents[int(name.name[1:])]} == {p.name for p in graph.parents[name]}
            waited = {f"k{number}" for number in parents[int(name.name[1:])] if number in checked}
            assert waited == {check.name for check in graph.waits[name]}
