"""A table with a unique key comes out the same whether its files arrive one by one or all at once."""

from __future__ import annotations

from pathlib import Path

from penstock.connection import Connection, open_connection
from penstock.testing.project import write_project

SQL = "CREATE TABLE u OPTIONS (unique_key = ['id']) AS SELECT * FROM 'd/*.csv';"
FIRST, SECOND = "id,v\n1,a\n2,b\n", "id,v\n2,c\n3,d\n"
EXPECTED = [{"id": 1, "v": "a"}, {"id": 2, "v": "c"}, {"id": 3, "v": "d"}]


def rows(connection: Connection) -> list[dict[str, object]]:
    return connection.sql("SELECT * FROM u ORDER BY id").rows()


def test_a_full_refresh_gives_what_the_files_gave_one_by_one(tmp_path: Path) -> None:
    project = write_project(tmp_path, {"project.sql": SQL, "d/1.csv": FIRST})
    with open_connection(project) as connection:
        connection.run()
        (project / "d" / "2.csv").write_text(SECOND, encoding="utf-8")
        connection.run()
        assert rows(connection) == EXPECTED
        connection.run(full_refresh=True)
        assert rows(connection) == EXPECTED


def test_files_that_are_there_from_the_first_give_the_same(tmp_path: Path) -> None:
    with open_connection(
        write_project(tmp_path, {"project.sql": SQL, "d/1.csv": FIRST, "d/2.csv": SECOND})
    ) as connection:
        connection.run()
        assert rows(connection) == EXPECTED
