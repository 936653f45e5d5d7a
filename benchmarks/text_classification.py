"""CREATE MODEL of automl_classifier on tables of texts alone, beside TF-IDF and logistic regression of scikit-learn.

By hand English is read by words, one and two in a row, Korean by letters, two to four in a row, with the defaults of
TfidfVectorizer and LogisticRegression. A third of the texts judges, chosen by a hash of the text, so that copies stay
together. The sets lie in the folder of the shared data (PENSTOCK_SHARED_DATA).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

import penstock
from benchmarks.measurement import Claim, Json, be_a_side, run_side
from penstock.connection import Connection

BUDGET = 60
SIDES = ("penstock", "by_hand")
SETS: Mapping[str, str] = {
    "sms-spam": "SELECT column1 AS text, column0 AS label FROM read_csv('{data}/sms-spam/SMSSpamCollection.txt', "
    "delim = '\t', header = false, quote = '', escape = '', columns = {{'column0': 'VARCHAR', 'column1': 'VARCHAR'}})",
    "nsmc-korean-reviews": "SELECT document AS text, label::VARCHAR AS label FROM "
    "read_csv('{data}/nsmc-korean-reviews/nsmc_sample_50k.txt.gz', delim = '\t', quote = '', escape = '') "
    "WHERE document IS NOT NULL AND id % 10 < 3",
    "clinc150-intents": "SELECT text, intent AS label FROM read_csv('{data}/clinc150-intents/clinc150.csv.gz')",
}

TEXTS = "CREATE TABLE texts AS SELECT *, md5_number_lower(text) % 3 AS part FROM ({rows})"
MODEL = """
CREATE MODEL m OPTIONS (model_type = 'automl_classifier', input_label_cols = ['label'], budget_seconds = {budget})
AS SELECT text, label FROM texts WHERE part <> 0
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    data = Path(os.environ.get("PENSTOCK_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    for name, rows in SETS.items():
        if not (data / name).is_dir():
            print(f"text_classification: {name} is not measured; it is not in {data}")
            continue
        said = {"rows": rows.format(data=data), "korean": "korean" in name, "budget": max(10, BUDGET * scale)}
        (folder / "set.json").write_text(json.dumps(said), encoding="utf-8")
        ours, theirs = (run_side("text_classification", side, folder).said for side in SIDES)
        told = "; ".join(
            f"{measure} {ours[measure]:.4f} and {theirs[measure]:.4f}" for measure in ("accuracy", "log_loss")
        )
        ratio = (1 - ours["accuracy"]) / max(1 - theirs["accuracy"], 1e-9)
        yield Claim(f"{name}: errors over those by hand", [ratio], 1.0, note=told)
        yield Claim(f"{name}: the whole training", [ours["seconds"]], max(1.05 * BUDGET, BUDGET + 3.0), unit=" s")


def _part(connection: Connection, which: str) -> pa.Table:
    """Return the rows that are learned from (`<>`), or those that judge (`=`)."""
    query = f"SELECT text, label FROM texts WHERE part {which} 0 ORDER BY md5(text), label"
    return connection.sql(query).arrow()


def _measures(labels: list[str], classes: list[str], probabilities: np.ndarray) -> dict[str, float]:
    place = {label: number for number, label in enumerate(classes)}
    known = np.array([place[label] for label in labels])
    own = np.maximum(probabilities[np.arange(len(known)), known], 1e-15)
    return {
        "accuracy": float(np.mean(probabilities.argmax(axis=1) == known)),
        "log_loss": float(-np.mean(np.log(own))),
    }


def _penstock(folder: Path) -> Mapping[str, Json]:
    said = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    with penstock.connect() as connection:
        connection.sql(TEXTS.format(rows=said["rows"]))
        begun = time.perf_counter()
        connection.sql(MODEL.format(budget=said["budget"]))
        seconds = time.perf_counter() - begun
        judging = _part(connection, "=")
        found = connection.model("m").predict(judging.select(["text"])).arrow()
    rows = found.column("predicted_label_probs").to_pylist()
    classes = sorted(each["label"] for each in rows[0])
    by_class = [{each["label"]: each["prob"] for each in row} for row in rows]
    probabilities = np.array([[row[label] for label in classes] for row in by_class])
    return {**_measures(judging.column("label").to_pylist(), classes, probabilities), "seconds": seconds}


def _by_hand(folder: Path) -> Mapping[str, Json]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    said = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    with penstock.connect() as connection:
        connection.sql(TEXTS.format(rows=said["rows"]))
        learned, judging = (_part(connection, which) for which in ("<>", "="))
    how = {"analyzer": "char", "ngram_range": (2, 4)} if said["korean"] else {"ngram_range": (1, 2)}
    begun = time.perf_counter()
    model = make_pipeline(TfidfVectorizer(**how), LogisticRegression())
    model.fit(learned.column("text").to_pylist(), learned.column("label").to_pylist())
    seconds = time.perf_counter() - begun
    probabilities = model.predict_proba(judging.column("text").to_pylist())
    labels = judging.column("label").to_pylist()
    return {**_measures(labels, model.classes_.tolist(), probabilities), "seconds": seconds}


if __name__ == "__main__":
    be_a_side({"penstock": _penstock, "by_hand": _by_hand})
