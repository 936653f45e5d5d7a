"""What `import penstock` gives, and how little it costs."""

from __future__ import annotations

import subprocess
import sys

import penstock
from penstock.core import errors


def test_every_error_that_a_user_would_catch_is_importable_from_the_package() -> None:
    caught = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.UserError)
    }
    assert set(penstock.__all__) == {*caught, "PenstockWarning", "__version__", "connect"}
    assert penstock.__all__ == sorted(penstock.__all__)
    assert all(getattr(penstock, name) is getattr(errors, name) for name in caught)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, penstock; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"duckdb", "numpy", "pyarrow", "sqlalchemy", "sqlglot", "starlette"} & set(ended.stdout.split())
