from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from penstock.catalog.database import WAIT_SECONDS, Catalog, open_catalog
from penstock.catalog.evaluations import Evaluation, add_evaluation, list_evaluations
from penstock.catalog.history import HistoryEntry, add_history, list_history
from penstock.catalog.lease import acquire_lease
from penstock.catalog.migration import revision, upgrade
from penstock.catalog.tables import HEAD, METADATA
from penstock.core.errors import Busy, StorageFailure, UserError


def entry(at, message="m"):
    return HistoryEntry(at, "note", "s", message)


def described(connection) -> dict[str, object]:
    """Say all that the database knows of its tables."""
    seen = inspect(connection)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"], column["default"]) for column in columns],
            seen.get_pk_constraint(name),
            seen.get_foreign_keys(name),
            sorted(seen.get_indexes(name), key=str),
            sorted(seen.get_unique_constraints(name), key=str),
            seen.get_check_constraints(name),
        )
        for name in seen.get_table_names()
        if (columns := seen.get_columns(name))
    }


def test_migrations_make_what_is_made_at_once_in_an_empty_database(catalog):
    with catalog.begin() as connection:
        made = described(connection)
        METADATA.drop_all(connection)
        connection.execute(text("DROP TABLE catalog_version"))
        upgrade(connection, None)
        assert described(connection) == made
        assert revision(connection) == HEAD


def test_the_tables_are_exactly_those_that_the_code_describes(catalog):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with catalog.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "catalog_version"})
        assert compare_metadata(context, METADATA) == []
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "catalog_version"}
        assert revision(connection) == HEAD


def test_head_is_the_newest_migration():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import penstock.catalog

    config = Config()
    config.set_main_option("script_location", str(Path(penstock.catalog.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_catalog_of_an_earlier_revision_keeps_what_it_holds(catalog_url, now):
    from alembic import command
    from alembic.config import Config

    import penstock.catalog

    seen = Evaluation("w", now, None, now, 3, {"row_count": 3.0}, (), True, "row_count > 2")
    with open_catalog(catalog_url) as catalog:
        with catalog.begin() as connection:
            METADATA.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE catalog_version")
            config = Config()
            config.set_main_option("script_location", str(Path(penstock.catalog.__file__).parent / "migrations"))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
        add_evaluation(catalog, seen)
    with open_catalog(catalog_url) as catalog:
        add_evaluation(catalog, replace(seen, at=now + timedelta(hours=1), breached=None))
        assert [found.breached for found in list_evaluations(catalog)] == [None, True]


def test_opening_again_keeps_what_was_there(catalog_url, now):
    with open_catalog(catalog_url) as first:
        add_history(first, entry(now))
    with open_catalog(catalog_url) as second:
        assert list_history(second) == [entry(now)]


def test_opening_a_catalog_loads_no_alembic_and_is_quick(tmp_path):
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    script = f"""
    import sys, time
    from penstock.catalog.database import open_catalog
    spent = []
    for _ in range(5):
        start = time.process_time()
        open_catalog({url!r}).close()
        spent.append(time.process_time() - start)
    print(min(spent), "alembic" in sys.modules)
    """
    seconds, loaded = run_python(script).split()
    assert loaded == "False"
    assert float(seconds) < 0.05


def test_many_processes_open_a_new_catalog_at_once(catalog_url):
    script = f"""
    from penstock.catalog.database import open_catalog
    open_catalog({catalog_url!r}).close()
    print("ok")
    """
    processes = [start_python(script) for _ in range(4)]
    assert [process.communicate()[0].strip() for process in processes] == ["ok"] * 4


def test_a_catalog_of_a_newer_version_is_refused(catalog_url):
    with open_catalog(catalog_url) as opened, opened.begin() as connection:
        connection.execute(text("UPDATE catalog_version SET version_num = '9999'"))
    with pytest.raises(UserError, match="does not know") as caught:
        open_catalog(catalog_url)
    assert "update Penstock" in str(caught.value)


def test_an_error_undoes_the_whole_transaction(catalog, now):
    with pytest.raises(ZeroDivisionError), catalog.together() as together:
        add_history(together, entry(now))
        assert list_history(together) == [entry(now)]
        raise ZeroDivisionError
    assert list_history(catalog) == []


def test_changes_made_together_show_together(catalog, now):
    with catalog.together() as together:
        add_history(together, entry(now, "one"))
        assert list_history(catalog) == []
        add_history(together, entry(now, "two"))
    assert [found.message for found in list_history(catalog)] == ["one", "two"]


def test_readers_do_not_wait_for_a_writer(catalog, now):
    add_history(catalog, entry(now))
    with catalog.begin() as connection:
        connection.execute(text("UPDATE history SET message = 'other'"))
        start = time.perf_counter()
        assert list_history(catalog) == [entry(now)]
        assert time.perf_counter() - start < WAIT_SECONDS / 2


def test_a_locked_catalog_says_who_holds_it_after_a_bounded_wait(catalog_url, now):
    from datetime import timedelta

    with open_catalog(catalog_url) as holder, open_catalog(catalog_url, wait_seconds=0.3) as waiting:
        acquire_lease(holder, "project", "run 7", now, timedelta(hours=1))
        with holder.begin() as connection:
            connection.execute(text("UPDATE leases SET owner = owner"))
            start = time.perf_counter()
            with pytest.raises(Busy, match="run 7") as caught:
                acquire_lease(waiting, "project", "run 8", now, timedelta(hours=1))
            assert 0.2 < time.perf_counter() - start < WAIT_SECONDS
        assert "try again" in str(caught.value)


def test_threads_share_one_catalog(catalog, now):
    def add(number):
        for _ in range(10):
            add_history(catalog, entry(now, str(number)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list_history(catalog)) == 60


def test_kill_in_a_transaction_leaves_nothing_and_holds_nobody_up(catalog_url, now):
    open_catalog(catalog_url).close()
    script = f"""
    import sys, time
    from datetime import datetime, UTC
    from penstock.catalog.database import open_catalog
    from penstock.catalog.history import HistoryEntry, add_history
    catalog = open_catalog({catalog_url!r})
    with catalog.together() as together:
        add_history(together, HistoryEntry(datetime.now(UTC), "note", "s", "half"))
        print("inside", flush=True)
        time.sleep(60)
    """
    with start_python(script) as process:
        assert process.stdout.readline() == "inside\n"
        process.kill()
    with open_catalog(catalog_url) as opened:
        add_history(opened, entry(now, "after"))
        assert [found.message for found in list_history(opened)] == ["after"]


def test_a_catalog_in_memory_has_the_same_tables_and_is_forgotten(now):
    with open_catalog("sqlite://") as opened:
        add_history(opened, entry(now))
        with opened.read() as connection:
            assert set(inspect(connection).get_table_names()) == set(METADATA.tables)
    with open_catalog("sqlite://") as other:
        assert list_history(other) == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/db", "cannot live in 'mysql'"),
        ("nonsense", "cannot be read"),
        ("postgresql://h/d?schema=a-b", "one plain name"),
    ],
)
def test_a_wrong_address_is_explained(url, message):
    with pytest.raises(UserError, match=message):
        open_catalog(url)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"this is not a database, it is a text of some length" * 40)
    with pytest.raises(StorageFailure, match="damaged"):
        open_catalog(f"sqlite:///{path}")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(StorageFailure, match="cannot be opened"):
        open_catalog(f"sqlite:///{tmp_path}")


def test_a_server_out_of_reach_is_explained():
    with pytest.raises(StorageFailure, match="reachable"):
        open_catalog("postgresql://someone@127.0.0.1:1/none", wait_seconds=1)


def test_a_password_is_never_shown():
    with pytest.raises(StorageFailure) as caught:
        open_catalog("postgresql://someone:s3cret@127.0.0.1:1/none", wait_seconds=1)
    assert "s3cret" not in str(caught.value)


def test_the_postgres_tables_stand_in_their_own_schema(postgres_address):
    open_catalog(f"{postgres_address}&schema=apart").close()
    engine = create_engine(postgres_address.replace("postgresql://", "postgresql+psycopg://"))
    assert inspect(engine).has_table("versions", schema="apart")
    assert not inspect(engine).has_table("versions", schema="public")
    engine.dispose()


def start_python(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)


def run_python(script: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def test_begin_joins_the_transaction_it_is_in(catalog, now):
    with catalog.together() as outer:
        with outer.together() as inner:
            add_history(inner, entry(now))
        assert isinstance(outer, Catalog)
        assert list_history(catalog) == []
    assert len(list_history(catalog)) == 1


def test_no_catalog_is_made_in_the_place_of_one_that_was_taken_away(tmp_path, now):
    path, away = tmp_path / "catalog.sqlite", tmp_path / "away"
    away.mkdir()
    with open_catalog(f"sqlite:///{path}") as catalog:
        add_history(catalog, entry(now))
        with catalog.read():
            files = sorted(tmp_path.glob("catalog.sqlite*"))
            for file in files:
                file.rename(away / file.name)
            with pytest.raises(StorageFailure, match="cannot be opened"):
                list_history(catalog)
            assert list(tmp_path.glob("catalog.sqlite*")) == []
            for file in reversed(files):
                (away / file.name).rename(file)
            assert len(list_history(catalog)) == 1


def test_a_catalog_that_must_exist_is_not_made(tmp_path):
    with pytest.raises(StorageFailure, match="cannot be opened"):
        open_catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}", must_exist=True)
    assert list(tmp_path.glob("catalog.sqlite*")) == []
