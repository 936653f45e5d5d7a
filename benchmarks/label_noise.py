"""Wrong labels that were planted: one label of ten is another one; how many of these ML.SUSPECT_LABELS shows, and how
many that it shows are planted ones. The labels as they came count as right, though some are wrong, and many rows are
hard.

The sets lie in the folder of the shared data (PENSTOCK_SHARED_DATA); of larger ones 4,000 rows are drawn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import penstock
from benchmarks.measurement import Claim, Json, be_a_side, run_side

BUDGET, ROWS, PART = 15, 4_000, 10
SETS: Mapping[str, tuple[str, str]] = {
    "penguins": ("SELECT * FROM '{data}/penguins/penguins.csv'", "species"),
    "baltimore-311-tickets": (
        """
        SELECT SRType, MethodReceived, ZipCode, PoliceDistrict, Agency
        FROM '{data}/baltimore-311-tickets/311_sample.csv.gz' QUALIFY count(*) OVER (PARTITION BY Agency) > 100
        """,
        "Agency",
    ),
    "adult-income": ("SELECT * FROM '{data}/adult-income/adults.parquet'", "class"),
    "bank-marketing": ("SELECT * FROM '{data}/bank-marketing/bank-full.csv.gz'", "y"),
    "telco-churn": ("SELECT * FROM '{data}/telco-churn/Telco-Customer-Churn.csv'", "Churn"),
    "titanic": ("SELECT * FROM '{data}/titanic/titanic_train.csv'", "Survived"),
}
TABLE = """
CREATE TABLE whole AS SELECT row_number() OVER () AS turned_row, * FROM ({rows}) WHERE {label} IS NOT NULL;
CREATE TABLE drawn AS SELECT * FROM whole ORDER BY md5(turned_row::VARCHAR) LIMIT {most};
CREATE TABLE kinds AS SELECT {label} AS kind, row_number() OVER (ORDER BY {label}) - 1 AS place FROM drawn GROUP BY 1;
CREATE TABLE planted AS
SELECT drawn.* REPLACE (
  CASE WHEN turned_row % {part} = 0 THEN turned.kind ELSE {label} END AS {label})
FROM drawn JOIN kinds ON kinds.kind = {label}
JOIN kinds AS turned ON turned.place = (kinds.place + 1 + turned_row // {part} % (SELECT count(*) - 1 FROM kinds))
  % (SELECT count(*) FROM kinds)
"""
MODEL = """
CREATE MODEL m OPTIONS (model_type = 'automl_classifier', input_label_cols = ['{label}'], budget_seconds = {budget})
AS SELECT * EXCLUDE (turned_row) FROM planted
"""
SHOWN = """
SELECT count(*) AS shown, count(*) FILTER (WHERE turned_row % {part} = 0) AS right_ones,
       (SELECT count(*) FROM planted WHERE turned_row % {part} = 0) AS planted
FROM ML.SUSPECT_LABELS(MODEL m, TABLE planted)
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    data = Path(os.environ.get("PENSTOCK_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    for name, (rows, label) in SETS.items():
        if not (data / name).is_dir():
            print(f"label_noise: {name} is not measured; it is not in {data}")
            continue
        said = {"rows": rows.format(data=data), "label": label, "budget": max(10, BUDGET * scale)}
        (folder / "set.json").write_text(json.dumps(said), encoding="utf-8")
        found = run_side("label_noise", "penstock", folder).said
        shown, right = found["shown"], found["right_ones"]
        note = f"{found['planted']} were planted, {shown} are shown, {right} of them are right"
        yield Claim(f"{name}: planted labels that are shown", [right / found["planted"]], 0.5, at_least=True, note=note)


def _penstock(folder: Path) -> Mapping[str, Json]:
    said = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    with penstock.connect() as connection:
        values = {"rows": said["rows"], "label": said["label"], "part": PART, "most": ROWS, "budget": said["budget"]}
        for statement in TABLE.format(**values).split(";"):
            connection.sql(statement)
        connection.sql(MODEL.format(**values))
        return dict(connection.sql(SHOWN.format(**values)).arrow().to_pylist()[0])


if __name__ == "__main__":
    be_a_side({"penstock": _penstock})
