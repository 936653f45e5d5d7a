"""A project of 200 objects: everything is found in it, and how long that takes is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from penstock.graph.order import execution_order
from penstock.graph.topology import build_graph
from penstock.project.load import Project
from penstock.rules.registry import check

GROUP = """
CREATE TABLE raw{n} OPTIONS (unique_key = 'id') AS SELECT id, at, x, y FROM 'data/{n}/*.csv';
CREATE ASSERTION ok{n} ON raw{n} CHECK (x > 0 AND y BETWEEN 1 AND 10);
CREATE TABLE clean{n} AS
  WITH s AS (SELECT *, lag(x) OVER (ORDER BY at) AS px FROM raw{n}) SELECT * FROM s{join};
CREATE MODEL m{n} OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT * FROM clean{n};
CREATE ENDPOINT e{n} ON MODEL m{n};
"""


def test_two_hundred_objects_are_loaded_ordered_and_checked(
    project: Callable[[Mapping[str, str]], Project],
) -> None:
    files = {f"{n:02}.sql": GROUP.format(n=n, join=f" JOIN clean{n - 1} USING (id)" if n else "") for n in range(40)}
    start = perf_counter()
    loaded = project(files)
    graph = build_graph(loaded)
    levels = execution_order(graph)
    found = check(loaded, graph)
    print(f"200 objects loaded, ordered and checked in {perf_counter() - start:.2f} s")
    assert len(loaded.resources) == 200
    assert (loaded.diagnostics, found) == ((), ())
    assert len(levels) == 44
