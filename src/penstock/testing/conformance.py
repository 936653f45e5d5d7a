"""Cases of BigQuery ML as files: a script as its users write it, and the columns and values that it must give.

`read_cases` reads a folder of them, `open_world` makes the tables and models that a folder's cases share, and
`check_case` runs one. tests/conformance/README.md tells how a file is written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from penstock.connection import Connection, open_connection
from penstock.core.errors import UserError
from penstock.core.events import Event, Noticed
from penstock.sql.statement import Dialect
from penstock.testing.sample_service import SampleService, sample_service

SETUP = "setup.sql"
_KEYS = (
    "source",
    "covers",
    "accepts",
    "differs",
    "tolerance",
    "needs",
    "notice",
    "columns",
    "rows",
    "error",
    "table",
    "service",
)
_EXPECTED = ("columns", "rows", "error")
_LINE = re.compile(rf"--\s*({'|'.join(_KEYS)}):(.*)")


@dataclass(frozen=True)
class Case:
    """One case. `name` is its path below the folder of all, without the ending; `sql` is the whole file.

    It would fail without what it `covers`; of the options that it `accepts` it shows only that the model trains and
    answers with them.

    `columns` are (name, type in BigQuery's words), in order; with `more_columns` others may follow. JSON is a text in
    Arrow, which has no type for it. `rows` is None
    where values are not compared; `row_count` then may say how many there are. `tolerance` is relative; without one a
    number must agree in every digit that is written. `error` is a part of the message that refuses the script.
    """

    name: str
    title: str
    source: str
    covers: tuple[str, ...]
    accepts: tuple[str, ...]
    differs: str | None
    needs: tuple[str, ...]
    notice: str | None
    tolerance: float | None
    sql: str
    columns: tuple[tuple[str, str], ...]
    more_columns: bool
    rows: tuple[tuple[Any, ...], ...] | None
    row_count: int | None
    error: str | None

    @property
    def folder(self) -> str:
        """The folder whose tables and models it stands on."""
        return self.name.rpartition("/")[0]


def read_cases(root: Path) -> list[Case]:
    """Return every case below `root`, by name; raises ValueError for a file that is not written as one."""
    paths = [path for path in sorted(root.rglob("*.sql")) if path.name != SETUP]
    return [_read_case(path, path.relative_to(root).with_suffix("").as_posix()) for path in paths]


def read_lines(path: Path) -> tuple[str, dict[str, list[str]]]:
    """Return the first sentences of a file and what its comments say, by key, a line that goes on joined to its key."""
    title: list[str] = []
    said: dict[str, list[str]] = {}
    key: str | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        comment = line.startswith("--")
        found = _LINE.fullmatch(line.strip()) if comment else None
        if found:
            key = found[1]
            said.setdefault(key, []).append(found[2].strip())
        elif comment and key is None:
            title.append(line.removeprefix("--").strip())
        elif comment and key:
            joint = "\n" if key == "rows" else " "
            said[key][-1] = f"{said[key][-1]}{joint}{line.removeprefix('--').strip()}".strip()
        else:
            key = key if key in _EXPECTED else ""
    return " ".join(title), said


def _read_case(path: Path, name: str) -> Case:
    title, said = read_lines(path)
    if "source" not in said:
        raise ValueError(f"{path}: the case says nothing after `-- source:`.")
    if "covers" not in said and "accepts" not in said:
        raise ValueError(f"{path}: the case says nothing after `-- covers:` or `-- accepts:`.")
    if not title or not any(key in said for key in _EXPECTED):
        raise ValueError(f"{path}: a case begins with a sentence and ends with `-- columns:` or `-- error:`.")
    columns, more = _columns(said.get("columns", [""])[0])
    rows, count = _rows(said["rows"][0]) if "rows" in said else (None, None)
    width = len(columns)
    if rows is not None and any(len(row) != width for row in rows):
        raise ValueError(f"{path}: every row has a value for each of the {width} columns that are named.")
    return Case(
        name=name,
        title=title,
        source=" ".join(said["source"]),
        covers=_items(said.get("covers", ())),
        accepts=_items(said.get("accepts", ())),
        differs=" ".join(said["differs"]) if "differs" in said else None,
        needs=tuple(word.strip() for line in said.get("needs", ()) for word in line.split(",")),
        notice=said["notice"][0] if "notice" in said else None,
        tolerance=_tolerance(said["tolerance"][0]) if "tolerance" in said else None,
        sql=path.read_text(encoding="utf-8"),
        columns=columns,
        more_columns=more,
        rows=rows,
        row_count=count,
        error=said["error"][0] if "error" in said else None,
    )


def _items(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(item.strip() for line in lines for item in line.split(";") if item.strip())


def _columns(text: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Read `a INT64, b ARRAY<STRUCT<x STRING>>, ...`."""
    parts: list[str] = [""]
    depth = 0
    for letter in text:
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    named = [part.strip() for part in parts if part.strip()]
    more = bool(named) and named[-1] == "..."
    pairs = [part.rsplit("`", 1) if part.startswith("`") else part.split(None, 1) for part in named if part != "..."]
    return tuple((pair[0].removeprefix("`"), pair[1].strip()) for pair in pairs), more


def _rows(text: str) -> tuple[tuple[tuple[Any, ...], ...] | None, int | None]:
    if text.isdigit():
        return None, int(text)
    read = [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line]
    return tuple(tuple(row) for row in read), None


def _tolerance(text: str) -> float:
    """Read `1e-6` or `10 %`, and what may follow, after a comma or none: the reason."""
    number, _, rest = text.replace(",", " ").partition(" ")
    return float(number) / 100 if rest.startswith("%") else float(number)


@dataclass(frozen=True)
class ConformanceWorld:
    """An open project with what a folder's cases share; `heard` is what was noticed since it was last cleared."""

    connection: Connection
    heard: list[str]

    def do(self, text: str, dialect: Dialect = "bigquery") -> pa.Table:
        """Return what the last statement of a text gives."""
        self.heard.clear()
        return self.connection.sql(text, dialect=dialect).arrow()


@contextmanager
def open_world(folder: Path, project: Path) -> Iterator[ConformanceWorld]:
    """Open a project in the new folder `project` with the tables and models of the `setup.sql` in `folder`.

    A line `-- table: schema.name = path` in it makes a table from a file, the path as seen from its folder; `{folder}`
    in its text is that folder. A line `-- service: sample` puts the sample service behind the connections `default` and
    `own`; `{service}` is its address.
    """
    setup = folder / SETUP
    said = read_lines(setup)[1] if setup.exists() else {}
    project.mkdir(parents=True)
    with ExitStack() as stack:
        service = stack.enter_context(sample_service()) if "service" in said else None
        (project / "penstock.toml").write_text("[compute]\nthreads = 1\n" + (_connections(service) if service else ""))
        places = {"{folder}": str(folder), "{service}": service.url if service else ""}
        yield stack.enter_context(_filled(folder, said, project, places))


def _connections(service: SampleService) -> str:
    return (
        f'[connections.default]\nurl = "{service.url}/v1"\nretries = 0\nmodels = {{ default = "sample" }}\n'
        f'[connections.own]\nkind = "https"\nurl = "{service.url}/predict"\n'
    )


@contextmanager
def _filled(
    folder: Path, said: Mapping[str, Sequence[str]], project: Path, places: Mapping[str, str]
) -> Iterator[ConformanceWorld]:
    heard: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Noticed):
            heard.append(event.message)

    with open_connection(project, listener=listen) as connection:
        world = ConformanceWorld(connection, heard)
        for line in said.get("table", ()):
            name, _, path = line.partition("=")
            world.do(f"CREATE TABLE {name} AS SELECT * FROM '{(folder / path.strip()).resolve()}'", "duckdb")
        setup = folder / SETUP
        if setup.exists():
            text = setup.read_text(encoding="utf-8")
            for name, place in places.items():
                text = text.replace(name, place)
            world.do(text)
        yield world


def check_case(case: Case, world: ConformanceWorld) -> None:
    """Run a case and raise AssertionError, saying what is other than expected."""
    if case.error is not None:
        _check_refusal(case, world)
        return
    table = world.do(case.sql)
    if case.notice is not None:
        assert any(case.notice in words for words in world.heard), f"Noticed {world.heard}, not {case.notice!r}."
    found = [(field.name, bigquery_type(field.type)) for field in table.schema]
    wanted = [(name, kind.replace("JSON", "STRING")) for name, kind in case.columns]
    assert (found[: len(wanted)] if case.more_columns else found) == wanted, f"The columns are {found}."
    if case.row_count is not None:
        assert table.num_rows == case.row_count, f"There are {table.num_rows} rows."
    if case.rows is not None:
        _check_rows(case, table, case.rows)


def _check_rows(case: Case, table: pa.Table, wanted: tuple[tuple[Any, ...], ...]) -> None:
    columns = [column.to_pylist() for column in table.columns[: len(case.columns)]]
    rows = list(zip(*columns, strict=True))
    assert len(rows) == len(wanted), f"There are {len(rows)} rows: {rows[:20]}."
    for place, (row, expected) in enumerate(zip(rows, wanted, strict=True), start=1):
        for (name, _), value, wish in zip(case.columns, row, expected, strict=True):
            same = agrees(value, wish, case.tolerance)
            assert same, f"Row {place}, {name}: {value!r}, not {wish!r}; the rows are {rows[:20]}."


def _check_refusal(case: Case, world: ConformanceWorld) -> None:
    try:
        world.do(case.sql)
    except UserError as problem:
        words = str(problem)
        assert case.error is not None
        assert case.error in words, f"It was refused with {words!r}."
        return
    raise AssertionError("The script was not refused.")


def agrees(value: Any, wish: Any, tolerance: float | None) -> bool:
    """Return whether a value is as expected: in the digits that are written, or within the relative tolerance."""
    if wish == "*":
        return True
    if wish is None or value is None:
        return wish is None and value is None
    if isinstance(wish, bool) or isinstance(value, bool):
        return wish is value
    if isinstance(wish, Sequence) and not isinstance(wish, str):
        if not isinstance(value, list) or len(value) != len(wish):
            return False
        return all(agrees(item, other, tolerance) for item, other in zip(value, wish, strict=True))
    if isinstance(wish, dict):
        if not isinstance(value, dict) or list(value) != list(wish):
            return False
        return all(agrees(value[key], item, tolerance) for key, item in wish.items())
    if isinstance(wish, str):
        return _text(value) == wish
    return isinstance(value, int | float | Decimal) and _same_number(value, wish, tolerance)


def _same_number(value: float | Decimal, wish: float | Decimal, tolerance: float | None) -> bool:
    found, wanted = float(value), float(wish)
    if not math.isfinite(wanted) or not math.isfinite(found):
        return found == wanted or (math.isnan(found) and math.isnan(wanted))
    if tolerance is not None:
        return math.isclose(found, wanted, rel_tol=tolerance, abs_tol=tolerance * 1e-6)
    if isinstance(wish, int):
        return found == wanted
    exponent = wish.as_tuple().exponent if isinstance(wish, Decimal) else 0
    assert isinstance(exponent, int)
    # Half of the last digit that is written, and what the sum of floating-point numbers may be off.
    return abs(found - wanted) <= 0.5000001 * 10.0**exponent


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def bigquery_type(kind: pa.DataType) -> str:
    """Return an Arrow type in BigQuery's words."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return f"ARRAY<{bigquery_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"STRUCT<{', '.join(f'{field.name} {bigquery_type(field.type)}' for field in kind)}>"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "DATETIME"
    if pa.types.is_decimal(kind):
        return "NUMERIC" if kind.precision - kind.scale <= 29 and kind.scale <= 9 else "BIGNUMERIC"
    for name, belongs in _TYPES.items():
        if belongs(kind):
            return name
    return str(kind)


_TYPES = {
    "BOOL": pa.types.is_boolean,
    "INT64": pa.types.is_int64,
    "FLOAT64": pa.types.is_float64,
    "STRING": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    "BYTES": lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
    "DATE": pa.types.is_date,
    "TIME": pa.types.is_time,
}
