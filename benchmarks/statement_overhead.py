"""What a statement takes longer through Penstock than in DuckDB itself."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measurement import Claim

STATEMENTS = {
    "constant": "SELECT 42 AS answer",
    "aggregate": "SELECT g, count(*) AS n, avg(x) AS mean FROM numbers WHERE x > 0.25 GROUP BY g ORDER BY g",
    "file": "SELECT count(*) AS n FROM '{folder}/numbers.parquet' WHERE x > 0.5",
}
ROUNDS = 200


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    import duckdb

    import penstock

    project = folder / "project"
    project.mkdir()
    (project / "penstock.toml").write_text("")
    made = "CREATE TABLE numbers AS SELECT i % 10 AS g, (i * 7919 % 10007) / 10007.0 AS x FROM range(10000) AS r(i)"
    raw = duckdb.connect(folder / "raw.duckdb")
    raw.execute(made)
    raw.execute(f"COPY numbers TO '{folder}/numbers.parquet' (FORMAT parquet)")
    with penstock.connect(project) as connection:
        connection.sql(made)
        for name, text in STATEMENTS.items():
            statement = text.format(folder=folder)
            extra = _extra_milliseconds(
                lambda statement=statement: connection.sql(statement).arrow(),
                lambda statement=statement: raw.execute(statement).to_arrow_table(),
                max(20, int(ROUNDS * scale)),
            )
            yield Claim(f"extra time of a statement ({name})", [extra], 3.0, unit=" ms")
    raw.close()


def _extra_milliseconds(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
    """Return the median difference of runs in turns, after one of each that is not counted."""
    ours(), theirs()
    return statistics.median(_seconds(ours) - _seconds(theirs) for _ in range(rounds)) * 1e3


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
