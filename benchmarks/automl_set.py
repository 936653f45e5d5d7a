"""Sets to compare on: where their rows are, what is to be foretold, and how rows to learn from and to judge by part.

A set is a file `NAME.toml`:

    rows = "SELECT * FROM '{folder}/sales.csv'"   # any SQL; left out: the table beside, NAME.csv
    label = "churned"
    task = "binary"          # binary, multiclass or regression
    metric = "roc_auc"       # one of benchmarks/automl_score.py; left out: roc_auc, log_loss or rmse
    split = "random"         # random; order: the last rows; time: the last by `by`; group: whole values of `by`
    by = "month"
    test = 0.25              # the share of rows that judge
    drop = ["customer_id"]   # what nobody may learn from: keys, and what is known only afterwards
    note = "why"

`{folder}` is the folder of the file, `{data}` that of the shared data (PENSTOCK_SHARED_DATA). A folder that holds one
table may call the file `SET.toml`; it then has the folder's name.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.automl_score import METRICS, USUAL

HERE = Path(__file__).parent / "automl_sets"
ENDINGS = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".xlsx")
SPLITS = ("random", "order", "time", "group")
TEST = 0.25


@dataclass(frozen=True)
class DataSet:
    """What a file says of a set. `rows` is the query that gives them, ready to be asked."""

    name: str
    rows: str
    label: str
    task: str
    metric: str
    split: str = "random"
    by: str | None = None
    test: float = TEST
    drop: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Parted:
    """A set whose rows stand in two Parquet files, and the truth about those that judge in a third."""

    data: DataSet
    train: Path
    test: Path
    truth: Path
    classes: tuple[str, ...]
    rows: tuple[int, int]
    columns: int
    digest: str
    remarks: tuple[str, ...]


def find_sets(folder: Path) -> list[DataSet]:
    """Return the sets of a folder and of those below it, by name. Raises ValueError for a file that says it wrongly."""
    found = [read_set(path) for path in sorted(folder.rglob("*.toml"))]
    if not found:
        raise ValueError(f"{folder} holds no NAME.toml that says the label of a table; see benchmarks/automl_set.py.")
    return sorted(found, key=lambda data: data.name)


def read_set(path: Path) -> DataSet:
    """Return what a file says of a set. Raises ValueError."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    task = said.get("task")
    if task not in USUAL:
        raise ValueError(f"{path}: task must be one of {', '.join(USUAL)}, not {task!r}.")
    alone = path.name == "SET.toml"
    usual = {"name": path.parent.name if alone else path.stem, "metric": USUAL[task], "split": "random"}
    said = {**usual, **said, "drop": tuple(said.get("drop", ()))}
    if "rows" not in said:
        said["rows"] = f"SELECT * FROM '{_beside(path, alone)}'"
    unknown = sorted(set(said) - set(DataSet.__dataclass_fields__))
    if unknown or "label" not in said:
        raise ValueError(f"{path}: " + (f"{unknown[0]!r} is not read here." if unknown else "label is not said."))
    if said["split"] not in SPLITS or (said["split"] in ("time", "group")) != ("by" in said):
        raise ValueError(f"{path}: split is one of {', '.join(SPLITS)}; time and group name a column in `by`.")
    metric = METRICS.get(said["metric"])
    if metric is None or task not in metric.tasks:
        raise ValueError(f"{path}: there is no metric {said['metric']!r} of a {task} task.")
    shared = Path(os.environ.get("PENSTOCK_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    said["rows"] = said["rows"].replace("{folder}", str(path.parent)).replace("{data}", str(shared))
    return DataSet(**said)


def _beside(path: Path, alone: bool) -> Path:
    names = path.parent.iterdir() if alone else (path.with_name(path.stem + ending) for ending in ENDINGS)
    tables = sorted(name for name in names if name.name.endswith(ENDINGS) and name.is_file())
    if len(tables) != 1:
        raise ValueError(f"{path}: `rows` is not said, and {len(tables)} tables stand beside it.")
    return tables[0]


def part(data: DataSet, folder: Path, seed: int) -> Parted:
    """Read the rows of a set, part them, and write both halves. Raises ValueError for rows that cannot be parted."""
    table = _read(data)
    remarks = []
    known = pc.is_valid(table.column(data.label))
    if (missing := table.num_rows - pc.sum(known).as_py()) > 0:
        remarks.append(f"{missing:,} rows without a label are left out")
        table = table.filter(known)
    table = _in_order(data, table, seed)
    judges = _judges(data, table, seed)
    train, test = table.filter(~judges), table.filter(judges)
    if data.task != "regression":
        fresh = pc.invert(pc.is_in(test.column(data.label), value_set=train.column(data.label).unique()))
        if (strange := pc.sum(fresh).as_py() or 0) > 0:
            remarks.append(f"{strange:,} rows that judge are left out: no row to learn from has their class")
            test = test.filter(pc.invert(fresh))
    if not train.num_rows or not test.num_rows:
        raise ValueError(f"{data.name}: {train.num_rows} rows to learn from and {test.num_rows} to judge by.")
    classes = () if data.task == "regression" else tuple(sorted(train.column(data.label).unique().to_pylist()))
    if data.task == "binary" and len(classes) != 2:
        raise ValueError(f"{data.name}: {len(classes)} classes, though its task is binary.")
    dropped = [name for name in data.drop if name in table.column_names]
    train, test = train.drop_columns(dropped), test.drop_columns(dropped)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.parquet" for name in ("train", "test", "truth")]
    digest = hashlib.sha256()
    for path, half in zip(paths, (train, test.drop_columns([data.label]), test.select([data.label])), strict=True):
        pq.write_table(half, path)
        digest.update(path.read_bytes())
    rows = (train.num_rows, test.num_rows)
    return Parted(data, *paths, classes, rows, train.num_columns - 1, digest.hexdigest()[:16], tuple(remarks))


def _read(data: DataSet) -> pa.Table:
    """Return the rows with types that every peer reads: numbers, texts and moments. Classes are texts."""
    import penstock

    with penstock.connect() as connection, warnings.catch_warnings():
        # What Penstock says of a file is of no use here: all peers get the same rows.
        warnings.simplefilter("ignore", penstock.PenstockWarning)
        table = connection.sql(data.rows).arrow()
    for name in (data.label, *data.drop, *([data.by] if data.by else ())):
        if name not in table.column_names:
            raise ValueError(f"{data.name}: there is no column {name!r}; there are {', '.join(table.column_names)}.")
    for place, name in enumerate(table.column_names):
        wanted = _plain(table.field(name).type)
        if pa.types.is_nested(wanted):
            raise ValueError(f"{data.name}: {name!r} holds {wanted}; make texts or numbers of it in `rows`.")
        if name == data.label:
            wanted = pa.float64() if data.task == "regression" else pa.string()
        table = table.set_column(place, name, table.column(name).cast(wanted))
    return table.replace_schema_metadata(None).combine_chunks()


def _in_order(data: DataSet, table: pa.Table, seed: int) -> pa.Table:
    """Return the rows in an order that is the same each time, whatever order the query gave them in: that of time, or
    a drawn one. Those that are parted by their order stay as they came.
    """
    if data.split == "order":
        return table
    names = [data.by, *table.column_names] if data.by else table.column_names
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in dict.fromkeys(names)]).to_numpy()
    return table.take(order if data.split == "time" else np.random.default_rng(seed).permutation(order))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pa.int64()
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    return kind


def _judges(data: DataSet, table: pa.Table, seed: int) -> NDArray[np.bool_]:
    """Return which rows judge."""
    rows, random = table.num_rows, np.random.default_rng(seed)
    if data.split == "order":
        return np.arange(rows) >= rows - round(rows * data.test)
    if data.split == "random":
        strata = np.zeros(rows, dtype=np.int64)
        if data.task != "regression":
            strata = table.column(data.label).combine_chunks().dictionary_encode().indices.to_numpy()
        # Each class has its share of what judges; of a class of one row nothing does.
        drawn = random.permutation(rows)
        drawn = drawn[np.argsort(strata[drawn], kind="stable")]
        sizes = np.bincount(strata)
        place = np.arange(rows) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        chosen = np.zeros(rows, dtype=np.bool_)
        chosen[drawn] = place < np.round(np.repeat(sizes, sizes) * data.test)
        return chosen
    if table.column(data.by).null_count:
        raise ValueError(f"{data.name}: {data.by!r}, which parts the rows, is NULL in some of them.")
    values = table.column(data.by).combine_chunks()
    if data.split == "time":
        # Rows of one moment stay together.
        moments = pc.rank(values, tiebreaker="min").to_numpy()
        return np.asarray(moments >= np.sort(moments)[rows - max(1, round(rows * data.test))])
    groups = values.dictionary_encode().indices.to_numpy()
    order = random.permutation(int(groups.max()) + 1)
    before = np.cumsum(np.bincount(groups)[order]) - np.bincount(groups)[order]
    return np.asarray(np.isin(groups, order[before < rows * data.test]))
