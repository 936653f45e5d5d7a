"""What a statement takes longer through Penstock than in DuckDB itself, on the same lake.

What DuckDB takes for the same rows in a file of its own stands beside it: the difference is DuckLake's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
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
        lake = connection.session.lake.connection()
        for name, text in STATEMENTS.items():
            statement = text.format(folder=folder)
            times = _milliseconds(
                (
                    lambda statement=statement: connection.sql(statement).arrow(),
                    lambda statement=statement: lake.table(statement),
                    lambda statement=statement: raw.execute(statement).to_arrow_table(),
                ),
                max(20, int(ROUNDS * scale)),
            )
            ours, same_lake, own_file = (statistics.median(each) for each in times)
            extra = statistics.median(a - b for a, b in zip(times[0], times[1], strict=True))
            note = f"{ours:.2f} ms; DuckDB {same_lake:.2f} ms, on a file of its own {own_file:.2f} ms"
            yield Claim(f"extra time of a statement ({name})", [extra], 3.0, unit=" ms", note=note)
        lake.close()
    raw.close()


def _milliseconds(sides: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Return the times of each side, run in turns, after one run of each that is not counted."""
    for side in sides:
        side()
    runs = [[_seconds(side) * 1e3 for side in sides] for _ in range(rounds)]
    return [list(times) for times in zip(*runs, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
