"""`penstock plan` on a project of 200 nodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Claim, run_process
from benchmarks.version_time import PENSTOCK

CHAINS = 20


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    del scale
    nodes = write_nodes(folder)
    command = [PENSTOCK, "-C", folder, "plan"]
    seconds = [run_process(command)[0] for _ in range(6)]
    yield Claim(f"penstock plan on {nodes} nodes", seconds[1:], 1.5, unit=" s")


def write_nodes(folder: Path) -> int:
    """Write chains of ten nodes each, from a file to a trigger, and return how many nodes there are."""
    (folder / "penstock.toml").write_text("")
    (folder / "rows.csv").write_text("id,x,label\n" + "".join(f"{i},{i * 0.5},{i * 2}\n" for i in range(100)))
    for number in range(CHAINS):
        name = f"c{number:02}"
        (folder / f"{name}.sql").write_text(f"""
CREATE TABLE {name}_raw AS SELECT * FROM 'rows.csv';
CREATE ASSERTION {name}_checked ON {name}_raw CHECK (id IS NOT NULL);
CREATE VIEW {name}_clean AS SELECT id, x, label FROM {name}_raw WHERE x >= 0;
CREATE TABLE {name}_summed AS SELECT id, sum(x) AS x, any_value(label) AS label FROM {name}_clean GROUP BY id;
CREATE TABLE {name}_joined AS SELECT a.id, a.x, b.label FROM {name}_summed a JOIN {name}_clean b USING (id);
CREATE MODEL {name}_model OPTIONS (model_type = 'linear_reg', input_label_cols = ['label'])
AS SELECT x, label FROM {name}_joined;
CREATE GOAL {name}_goal ON MODEL {name}_model ACCEPT WHEN mean_absolute_error < 10;
CREATE ENDPOINT {name}_endpoint ON MODEL {name}_model;
CREATE MONITOR {name}_monitor ON ENDPOINT {name}_endpoint OPTIONS (window = '7 days') BREACH WHEN max_psi > 0.2;
CREATE TRIGGER {name}_trigger ON BREACH OF {name}_monitor DO RETRAIN MODEL {name}_model OPTIONS (cool_down = '1 day');
""")
    return CHAINS * 10
