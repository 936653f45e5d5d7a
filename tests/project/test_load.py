"""A folder becomes a project: which files count, what is wrong in them, and that the rest still loads."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from penstock.core.errors import UserError
from penstock.core.names import Kind, ResourceName
from penstock.core.settings import Settings
from penstock.project.load import Project, load_project, project_from_statements
from penstock.project.table import TableSpec
from penstock.sql.parse import parse_script
from penstock.testing.project import write_project

ProjectFrom = Callable[[Mapping[str, str]], Project]


def names(project: Project) -> list[str]:
    return [str(name) for name in project.resources]


def told(project: Project) -> list[str]:
    return [f"{finding.span}: {finding.code}" for finding in project.diagnostics]


def test_every_sql_file_below_the_folder_counts_in_sorted_order(project: ProjectFrom) -> None:
    found = project(
        {
            "z.sql": "CREATE TABLE last AS SELECT 1 AS x",
            "a/b/c.SQL": "CREATE TABLE first AS SELECT 1 AS x; CREATE VIEW second AS SELECT 1 AS x;",
            "a/notes.txt": "CREATE TABLE no",
            ".hidden/x.sql": "CREATE TABLE no",
            ".penstock/x.sql": "CREATE TABLE no",
            ".venv/x.sql": "CREATE TABLE no",
            "node_modules/p/x.sql": "CREATE TABLE no",
            ".x.sql": "CREATE TABLE no",
        }
    )
    assert found.diagnostics == ()
    assert names(found) == ["table first", "view second", "table last"]
    assert found.resources[ResourceName(Kind.TABLE, "last")].span.path == "z.sql"
    assert found.resources[ResourceName(Kind.TABLE, "first")].span.path == "a/b/c.SQL"


def test_a_folder_without_sql_is_an_empty_project(project: ProjectFrom) -> None:
    found = project({"empty.sql": "", "comment.sql": "-- nothing yet\n;;\n"})
    assert (found.resources, found.diagnostics, found.declared) == ({}, (), ())


def test_a_folder_without_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no penstock\.toml"):
        load_project(tmp_path)


def test_one_broken_statement_hides_no_other(project: ProjectFrom) -> None:
    found = project(
        {
            "a.sql": (
                "CREATE TABLE a AS SELECT 1 AS x;\n\nCREATE MODLE m AS SELECT 1;\nCREATE VIEW v AS SELECT * FROM a;"
            ),
            "b.sql": (
                "CREATE TABLE b OPTIONS (\n  max_reject = 1) AS SELECT 1 AS x;\nCREATE TABLE c AS SELECT 1 AS x;"
            ),
        }
    )
    assert names(found) == ["table a", "view v", "table c"]
    assert told(found) == ["a.sql:3:8: syntax", "b.sql:2:3: option"]
    assert [finding.hint for finding in found.diagnostics] == [
        "Did you mean MODEL?",
        "Did you mean 'max_rejects'?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1", "SELECT declares nothing"),
        ("drop table t", "DROP declares nothing"),
        ("ALTER ENDPOINT e SET SHADOW (candidate)", "ALTER declares nothing"),
        ("SHOW MODELS", "SHOW declares nothing"),
        ("INSERT INTO t VALUES (1)", "INSERT declares nothing"),
        ("EXPORT MODEL m OPTIONS (uri = 'x')", "EXPORT declares nothing"),
        ("CREATE VECTOR INDEX i ON t(v) OPTIONS (index_type = 'IVF')", "made by hand"),
        ("CREATE TABLE t (a INT)", "DuckDB's own"),
        ("CREATE TEMP TABLE t AS SELECT 1 AS x", "DuckDB's own"),
    ],
)
def test_a_statement_that_declares_nothing_is_told_with_what_to_do(
    project: ProjectFrom, text: str, message: str
) -> None:
    found = project({"a.sql": f"CREATE TABLE a AS SELECT 1 AS x;\n{text};\nCREATE TABLE b AS SELECT 1 AS x;"})
    assert names(found) == ["table a", "table b"]
    [finding] = found.diagnostics
    assert str(finding.span) == "a.sql:2:1"
    assert message in finding.message
    assert "penstock sql -f" in str(finding.hint)


def test_set_dialect_holds_for_the_rest_of_its_file_only(project: ProjectFrom) -> None:
    found = project(
        {
            "a.sql": "CREATE TABLE a AS SELECT 1 AS x;\nSET dialect = 'bigquery';\n"
            "CREATE TABLE `p.d.b` AS SELECT 1 AS `x y`;",
            "b.sql": 'CREATE TABLE c AS SELECT 1 AS "x y";',
        }
    )
    assert found.diagnostics == ()
    dialects = [(r.name.name, r.spec.query.dialect) for r in found.declared if isinstance(r.spec, TableSpec)]
    assert dialects == [("a", "duckdb"), ("d.b", "bigquery"), ("c", "duckdb")]


def test_the_settings_give_the_dialect(project: ProjectFrom) -> None:
    found = project(
        {
            "penstock.toml": "[project]\ndialect = 'bigquery'",
            "a.sql": "CREATE TABLE d.t AS SELECT * FROM `p.d.s`",
        }
    )
    assert found.diagnostics == ()
    assert found.declared[0].references.relations == ("d.s",)


def test_a_name_is_the_same_in_any_case_and_the_first_stays(project: ProjectFrom) -> None:
    found = project({"a.sql": "CREATE TABLE T AS SELECT 1 AS x;\nCREATE TABLE main.t AS SELECT 2 AS x;"})
    assert names(found) == ["table T"]
    assert [str(resource.span) for resource in found.declared] == ["a.sql:1:1", "a.sql:2:1"]


def test_korean_names_and_a_byte_order_mark_are_ordinary(tmp_path: Path) -> None:
    write_project(tmp_path, {})
    text = 'CREATE TABLE 시간 AS SELECT 1 AS "이용 수";\nCREATE VIEW 요약 AS SELECT * FROM 시간;'
    (tmp_path / "표.sql").write_bytes(text.encode("utf-8-sig"))
    found = load_project(tmp_path)
    assert found.diagnostics == ()
    assert names(found) == ["table 시간", "view 요약"]
    assert found.declared[1].references.relations == ("시간",)
    assert str(found.declared[0].span) == "표.sql:1:1"


def test_a_file_in_another_encoding_is_told_with_the_place(tmp_path: Path) -> None:
    write_project(tmp_path, {"b.sql": "CREATE TABLE b AS SELECT 1 AS x"})
    (tmp_path / "a.sql").write_bytes("CREATE TABLE a\nAS SELECT '시간' AS x".encode("cp949"))
    found = load_project(tmp_path)
    assert names(found) == ["table b"]
    assert told(found) == ["a.sql:2:12: file"]
    assert "UTF-8" in str(found.diagnostics[0].hint)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_project(tmp_path, {"b.sql": "CREATE TABLE b AS SELECT 1 AS x"})
    (tmp_path / "a.sql").symlink_to(tmp_path / "gone.sql")
    found = load_project(tmp_path)
    assert names(found) == ["table b"]
    assert "cannot be read: No such file" in found.diagnostics[0].message


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.sql": "CREATE TABLE a AS SELECT 1 AS x"})
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert names(load_project(tmp_path)) == ["table a"]


def test_a_project_within_a_project_is_told_and_not_read(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.sql": "CREATE TABLE a AS SELECT 1 AS x"})
    write_project(tmp_path / "old" / "shop", {"a.sql": "CREATE TABLE a AS SELECT 2 AS x", "deep/b.sql": "nonsense"})
    found = load_project(tmp_path)
    assert names(found) == ["table a"]
    [finding] = found.diagnostics
    assert finding.severity == "warning"
    assert "The folder old/shop holds a penstock.toml" in finding.message


def test_line_ends_of_windows_change_no_place(project: ProjectFrom) -> None:
    found = project({"a.sql": "CREATE TABLE a AS SELECT 1 AS x;\r\n\r\nCREATE TABEL b AS SELECT 1;\r\n"})
    assert told(found) == ["a.sql:3:8: syntax"]


def test_statements_make_a_project_without_files() -> None:
    script = parse_script("CREATE TABLE a AS SELECT 1 AS x; SET dialect = 'duckdb'; SELECT 1", "console")
    found = project_from_statements(script.statements, Settings(Path(os.curdir), "p"))
    assert names(found) == ["table a"]
    assert told(found) == ["console:1:58: not-a-declaration"]


def test_what_a_query_and_a_predicate_read_is_known(project: ProjectFrom) -> None:
    sql = (
        "CREATE TABLE a AS WITH c AS (SELECT * FROM s.raw) SELECT * FROM c, ML.PREDICT(MODEL m, TABLE new);"
        "CREATE ASSERTION k ON a CHECK (x IN (SELECT x FROM allowed) AND y > 0);"
        "CREATE TABLE f AS SELECT * FROM 'data/*.csv';"
    )
    found = project({"a.sql": sql})
    table, assertion, files = (resource.references for resource in found.declared)
    assert set(table.relations) == {"s.raw", "new"}
    assert [model.name for model in table.models] == ["m"]
    assert assertion.relations == ("allowed",)
    assert files.files[0].patterns == ("data/*.csv",)
