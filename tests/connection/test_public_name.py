"""What `import penstock` gives, and how little it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import penstock
from penstock.core import errors


def test_every_error_that_a_user_would_catch_is_importable_from_the_package() -> None:
    caught = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.UserError)
    }
    assert set(penstock.__all__) == {*caught, "PenstockWarning", "__version__", "connect", "endpoint"}
    assert penstock.__all__ == sorted(penstock.__all__)
    assert all(getattr(penstock, name) is getattr(errors, name) for name in caught)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, penstock; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"duckdb", "numpy", "pyarrow", "sqlalchemy", "sqlglot", "starlette"} & set(ended.stdout.split())


def test_a_query_over_a_file_loads_neither_pandas_nor_what_learns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "rows.parquet")
    code = (
        "import sys, penstock\n"
        "with penstock.connect() as connection:\n"
        f"    connection.sql(\"SELECT a FROM '{tmp_path / 'rows.parquet'}'\").arrow()\n"
        "print(*sorted(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ended.stdout.split())
    assert not {"pandas", "sklearn", "lightgbm", "onnxruntime", "alembic"} & loaded
    assert not {"penstock.engine.model", "penstock.functions.binding", "penstock.learn.artifact"} & loaded
