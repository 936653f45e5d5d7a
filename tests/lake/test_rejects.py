from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from penstock.lake.database import Connection
from penstock.lake.rejects import REJECT_SCHEMA, rejected_rows, rejects_of, save_rejects
from penstock.lake.sources import prepare_source
from penstock.lake.stream import no_rows
from penstock.lake.tables import replace_table, table_names

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_rejected_rows_are_kept_with_their_table(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,4,5\n6,7\n", encoding="utf-8")
    source = prepare_source(connection, "csv", ["a.csv"], {}, tmp_path)
    with connection.transaction():
        replace_table(connection, "Sales", f"SELECT * FROM {source.sql}")
        rejects = rejected_rows(source)
        save_rejects(connection, "Sales", rejects, AT)
    source.close()
    kept = rejects_of(connection, "main.sales")
    assert kept.drop_columns(["rejected_at"]).equals(rejects)
    assert kept["rejected_at"].to_pylist() == [AT]
    assert rejects_of(connection, "other").num_rows == 0
    assert connection.rows("SELECT table_name, file, line FROM penstock.rejects") == [("sales", "a.csv", 3)]
    assert table_names(connection) == ["Sales"]


def test_a_build_that_is_rolled_back_leaves_no_rejects(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,4,5\n6,7\n", encoding="utf-8")
    source = prepare_source(connection, "csv", ["a.csv"], {}, tmp_path)
    try:
        with connection.transaction():
            replace_table(connection, "sales", f"SELECT * FROM {source.sql}")
            save_rejects(connection, "sales", rejected_rows(source), AT)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert rejects_of(connection, "sales").num_rows == 0
    replace_table(connection, "sales", f"SELECT * FROM {source.sql}")
    assert rejected_rows(source).num_rows == 1
    source.close()


def test_without_a_reject_there_is_an_empty_table(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    source = prepare_source(connection, "csv", ["a.csv"], {}, tmp_path)
    assert connection.rows(f"FROM {source.sql}") == [(1,)]
    assert rejected_rows(source).schema.equals(REJECT_SCHEMA)
    assert rejects_of(connection, "any").schema.names == ["rejected_at", *REJECT_SCHEMA.names]
    save_rejects(connection, "any", rejected_rows(source), AT)
    assert rejects_of(connection, "any").num_rows == 0
    source.close()


def test_a_table_without_rows_has_the_columns_of_its_schema() -> None:
    coded = pa.field("b", pa.dictionary(pa.int32(), pa.string()), nullable=False, metadata={"x": "y"})
    schema = pa.schema([("a", pa.list_(pa.int64())), coded], metadata={"of": "all"})
    found = no_rows(schema)
    assert found.num_rows == 0
    assert found.schema.equals(schema, check_metadata=True)
    assert [column.num_chunks for column in found.columns] == [1, 1]
