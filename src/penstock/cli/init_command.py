"""`penstock init`: a project to start from."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.output import say
from penstock.cli.project_folder import folder_of
from penstock.core.errors import StorageFailure, UserError
from penstock.core.settings import FILE_NAME

SETTINGS = """\
[project]
name = {name}
# dialect = "bigquery"       # reads BigQuery SQL; the default is DuckDB's

[storage]
catalog = "sqlite"           # or postgresql://user@host/database, its password in PGPASSWORD
data = ".penstock/data"      # or s3://bucket/prefix, its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
"""

STATEMENTS = """\
-- A file becomes a table. Put your own here; CSV, Excel, JSON lines and Parquet are read alike.
CREATE TABLE visits AS SELECT * FROM 'data/visits.csv';

CREATE ASSERTION visits_have_a_day ON visits CHECK (day IS NOT NULL);

-- A table becomes a model.
CREATE MODEL will_buy
OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'])
AS SELECT pages, minutes, device, bought FROM visits;

-- A version must reach this before it serves.
CREATE GOAL good_enough ON MODEL will_buy
ACCEPT WHEN roc_auc >= 0.7 AND roc_auc >= champion.roc_auc - 0.02;

-- A model becomes an endpoint, watched, and trained again when the world moves.
CREATE ENDPOINT buyers ON MODEL will_buy;

CREATE MONITOR buyers_drift ON ENDPOINT buyers OPTIONS (window = '7 days')
BREACH WHEN max_psi > 0.25 OR roc_auc < 0.65;

CREATE TRIGGER keep_up ON BREACH OF buyers_drift
DO REFRESH TABLE visits, RETRAIN MODEL will_buy
OPTIONS (cool_down = '1 day', min_rows = 100);
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(init)


def init(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The project's name and folder; the present folder by default.")
    ] = None,
) -> None:
    """Make a project to start from.

    It holds settings, twenty lines of SQL and a small file that they read.
    """
    if name == "":
        raise UserError.of("The project's name is empty.", hint="Leave it out to make a project of the present folder.")
    folder = folder_of(context).path / (name or "")
    if (folder / FILE_NAME).exists():
        raise UserError.of(f"{folder.resolve()} holds a {FILE_NAME} already.", hint="Look at it with: penstock plan")
    files = {
        FILE_NAME: SETTINGS.format(name=json.dumps(folder.resolve().name, ensure_ascii=False)),
        "project.sql": STATEMENTS,
        "data/visits.csv": _visits(),
        ".gitignore": ".penstock/\n",
    }
    for path in files:
        target = folder / path
        if target.exists():
            raise UserError.of(f"{target} exists already.", hint="Choose another folder.")
    try:
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise StorageFailure.of(f"{problem.filename} cannot be written: {problem.strerror}.") from problem
    where = f"-C {shlex.quote(str(folder))} " if folder != Path() else ""
    say(f"A project is in {folder.resolve()}. Next: penstock {where}run")


def _visits() -> str:
    """Return six hundred made-up visits, the same ones every time."""
    lines = ["day,pages,minutes,device,bought"]
    state = 7
    for number in range(600):
        draws = []
        for _ in range(4):
            # A linear congruential generator (Numerical Recipes): the same file on every machine and Python.
            state = (1664525 * state + 1013904223) % 2**32
            draws.append(state / 2**32)
        pages = 1 + int(draws[0] * 12)
        minutes = round(pages * (0.5 + draws[1]), 1)
        device = ("phone", "laptop", "tablet")[int(draws[2] * 3)]
        bought = "yes" if draws[3] < 0.05 + 0.07 * pages - (0.1 if device == "phone" else 0) else "no"
        lines.append(f"2026-{1 + number // 50:02d}-{1 + number % 28:02d},{pages},{minutes},{device},{bought}")
    return "\n".join(lines) + "\n"
