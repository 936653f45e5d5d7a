from __future__ import annotations

import gzip
import io
import time
import zipfile
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import BadData, StorageFailure
from penstock.core.settings import Settings
from penstock.lake.attachment import METADATA_SCHEMA, postgres_words, use_s3
from penstock.lake.bucket import bucket_filesystem
from penstock.lake.database import Connection, Lake, open_lake
from penstock.lake.model_file import read_folder
from penstock.lake.snapshots import at_snapshot, current_snapshot, table_snapshot
from penstock.lake.sources import list_files, prepare_source
from penstock.lake.tables import Upserted, append_table, replace_table, table_names, upsert_table


def exercise(lake: Lake) -> None:
    """Write, change, read again as it was: what every kind of lake must do."""
    connection = lake.connection()
    replace_table(connection, "s.가격", "SELECT range AS id, 'x' || range AS word FROM range(1000)")
    first = current_snapshot(connection)
    assert first is not None
    assert append_table(connection, "s.가격", "SELECT 1000 AS id") == 1
    assert upsert_table(connection, "s.가격", "SELECT 5::BIGINT AS id, 'neu' AS word", ["id"]) == Upserted(0, 1)
    assert table_snapshot(connection, "s.가격") == current_snapshot(connection) == first + 2
    assert connection.rows(f"SELECT count(*) FROM {at_snapshot('s.가격', first)}") == [(1000,)]
    assert connection.rows("SELECT word FROM s.가격 WHERE id = 5") == [("neu",)]


def test_a_lake_of_files_is_found_again(settings: Settings) -> None:
    lake = open_lake(settings)
    exercise(lake)
    lake.close()
    again = open_lake(settings)
    assert table_names(again.connection()) == ["s.가격"]
    again.close()
    assert (settings.state / "lake.sqlite").is_file()
    assert list(Path(settings.data_path).rglob("*.parquet"))


def test_a_project_may_be_moved(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    lake = open_lake(Settings(root=tmp_path / "here", name="test"))
    replace_table(lake.connection(), "t", "SELECT range AS a FROM range(1000)")
    lake.close()
    (tmp_path / "here").rename(tmp_path / "there")
    again = open_lake(Settings(root=tmp_path / "there", name="test"))
    connection = again.connection()
    assert append_table(connection, "t", "SELECT range AS a FROM range(500)") == 500
    assert connection.rows("SELECT count(*) FROM t") == [(1500,)]
    again.close()


def test_files_that_are_looked_for_elsewhere_are_told(tmp_path: Path) -> None:
    for folder in ("project", "old", "new"):
        (tmp_path / folder).mkdir()
    open_lake(Settings(root=tmp_path / "project", name="test", data="../old")).close()
    with pytest.raises(StorageFailure, match=r"\[storage\] data"):
        open_lake(Settings(root=tmp_path / "project", name="test", data="../new"))


def test_a_lake_stands_in_postgres_in_a_schema_of_its_own(tmp_path: Path, postgres_address: str) -> None:
    settings = Settings(root=tmp_path, name="test", catalog=postgres_address)
    lake = open_lake(settings)
    exercise(lake)
    found = lake.connection().rows(
        f"SELECT count(*) > 0 FROM __ducklake_metadata_lake.{METADATA_SCHEMA}.ducklake_table"
    )
    assert found == [(True,)]
    lake.close()


def test_a_lake_keeps_its_files_in_a_bucket(tmp_path: Path, s3_environment: dict[str, str]) -> None:
    data = f"s3://bucket/lake-{uuid4().hex}"
    lake = open_lake(Settings(root=tmp_path, name="test", data=data), s3_environment)
    exercise(lake)
    assert list_files([f"{data}/**/*.parquet"], tmp_path)
    lake.close()


def test_files_in_a_bucket_are_read(tmp_path: Path, memory: Connection, s3_environment: dict[str, str]) -> None:
    base = f"bucket/sources-{uuid4().hex}"
    filesystem = bucket_filesystem(s3_environment)
    contents = {
        "data/1.csv": "이름,값\n가,1\n".encode("cp949"),
        "data/2.csv.gz": gzip.compress("이름,값\n나,2\n다,3,4\n라,5\n".encode()),
        "data/deep/3.csv": b"never,matched\n1,2\n",
    }
    for name, content in contents.items():
        with filesystem.open_output_stream(f"{base}/{name}", compression=None) as stream:
            stream.write(content)
    pq.write_table(pa.table({"a": [1, 2]}), f"{base}/a.parquet", filesystem=filesystem)

    source = prepare_source(memory, "csv", [f"s3://{base}/data/*.csv*"], {"filename": True}, tmp_path)
    rows = memory.table(f"FROM {source.sql} ORDER BY 값")
    assert rows.to_pydict() == {
        "이름": ["가", "나", "라"],
        "값": [1, 2, 5],
        "filename": [f"s3://{base}/data/1.csv", *[f"s3://{base}/data/2.csv.gz"] * 2],
    }
    assert [(row["file"], row["line"]) for row in source.rejected().to_pylist()] == [(f"s3://{base}/data/2.csv.gz", 3)]
    assert [file.size for file in source.files] == [len(contents["data/1.csv"]), len(contents["data/2.csv.gz"])]
    source.close()

    source = prepare_source(memory, "parquet", [f"s3://{base}/a.parquet"], {}, tmp_path)
    assert memory.rows(f"SELECT sum(a) FROM {source.sql}") == [(3,)]
    source.close()
    with pytest.raises(BadData, match="No file matches"):
        list_files([f"s3://{base}/nothing/*.csv"], tmp_path)


def test_a_password_is_used(tmp_path: Path, postgres_address: str) -> None:
    import psycopg

    with psycopg.connect(postgres_address, autocommit=True) as server:
        server.execute("CREATE DATABASE guarded")
        server.execute("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'very@secret'")
        (rules,) = server.execute("SHOW hba_file").fetchone() or ("",)
        before = Path(rules).read_text(encoding="utf-8")
        Path(rules).write_text("local all guarded scram-sha-256\n" + before, encoding="utf-8")
        server.execute("SELECT pg_reload_conf()")
    socket = postgres_address.partition("?")[2]
    _wait_until_refused(f"postgresql://guarded:wrong@/guarded?{socket}")
    try:
        for number, password in enumerate(("very%40secret", "wrong")):
            address = f"postgresql://guarded:{password}@/guarded?{socket}"
            settings = Settings(root=tmp_path / str(number), name="test", catalog=address)
            if password == "wrong":
                with pytest.raises(StorageFailure, match="password authentication failed"):
                    open_lake(settings)
            else:
                open_lake(settings).close()
    finally:
        Path(rules).write_text(before, encoding="utf-8")


def test_an_unreachable_catalog_is_told_without_the_password(tmp_path: Path) -> None:
    address = "postgresql://me:very-secret@127.0.0.1:9/none?connect_timeout=2"
    with pytest.raises(StorageFailure) as caught:
        open_lake(Settings(root=tmp_path, name="test", catalog=address))
    assert "very-secret" not in str(caught.value)


def test_a_key_is_never_shown() -> None:
    database = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "very'secret", "AWS_REGION": "eu"}
    use_s3(database, environment)
    ((shown,),) = database.execute("SELECT secret_string FROM duckdb_secrets()").fetchall()
    assert "very'secret" not in shown
    database.close()


def test_an_address_becomes_words_for_libpq() -> None:
    assert postgres_words("postgresql://u:p%40ss@db.example:5433/my%20db?sslmode=require") == (
        "dbname='my db' host='db.example' port='5433' user='u' sslmode='require'"
    )
    assert postgres_words("postgresql://postgres:@/postgres?host=/tmp/it's") == (
        r"dbname='postgres' user='postgres' host='/tmp/it\'s'"
    )
    assert postgres_words("postgres://h") == "dbname='postgres' host='h'"


def _wait_until_refused(address: str) -> None:
    """Wait for the server to have read its rules anew, which it does in its own time."""
    import psycopg

    for _ in range(100):
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.1)
    raise AssertionError("The server lets everyone in.")


def test_a_folder_in_a_bucket_is_packed(tmp_path: Path, s3_environment: dict[str, str]) -> None:
    base = f"bucket/models-{uuid4().hex}"
    filesystem = bucket_filesystem(s3_environment)
    for name in ("saved_model.pb", "variables/variables.index"):
        with filesystem.open_output_stream(f"{base}/{name}", compression=None) as stream:
            stream.write(name.encode())
    packed = read_folder(f"s3://{base}/**", tmp_path, 1_000, s3_environment)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    assert held == {name: name for name in ("saved_model.pb", "variables/variables.index")}
