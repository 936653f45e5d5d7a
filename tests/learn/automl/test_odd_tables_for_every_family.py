"""Every family of candidates meets odd tables: it is fitted, or given up in words of ours, and within the time."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.artifact import load_model
from penstock.learn.automl.candidate import PORTFOLIO

ROWS, SECONDS = 150, 30
START = datetime(2024, 1, 1, tzinfo=UTC)
# An error of a library, or of ours, under its own name.
_FAILED = re.compile(r"[A-Za-z]*(Error|Exception|Invalid)\b")


def numbers(columns: int, rows: int = ROWS) -> dict[str, np.ndarray]:
    random = np.random.default_rng(columns)
    return {f"c{place}": random.normal(size=rows) for place in range(columns)}


def label(classes: int) -> np.ndarray:
    return np.random.default_rng(1).permutation(np.arange(ROWS) % classes)


def gaps() -> dict[str, object]:
    """Columns that are mostly NULL, infinite, huge, constant or empty, and what is derived of such."""
    random = np.random.default_rng(2)
    missing = random.random(ROWS) < 0.4
    infinite = np.where(random.random(ROWS) < 0.1, np.inf, np.where(random.random(ROWS) < 0.1, -np.inf, 1e300))
    days = [None if gone else START + timedelta(hours=float(at)) for at, gone in enumerate(missing)]
    later = [START + timedelta(days=float(at)) for at in random.integers(0, 900, ROWS)]
    words = random.choice(["좋은 물건 빠른 배송", "나쁜 물건", "늦은 배송 입니다", "", None], ROWS)
    return {
        "gone": pa.array(random.normal(size=ROWS), mask=missing),
        "infinite": infinite,
        "opened": days,
        "closed": later,
        "text": [None if word is None else f"{word} {at % 17}" for at, word in enumerate(words)],
        "city": random.choice(["서울", "부산", None], ROWS),
        "price": [f"${value:,.2f}" for value in random.uniform(1, 9_999, ROWS)],
        "empty": pa.nulls(ROWS, pa.float64()),
        "same": np.ones(ROWS),
        **numbers(3),
    }


TABLES = {
    "gaps, two classes": ("automl_classifier", {**gaps(), "label": label(2)}),
    "gaps, three classes": ("automl_classifier", {**gaps(), "label": label(3)}),
    "gaps, a number": ("automl_regressor", {**gaps(), "label": np.random.default_rng(3).normal(size=ROWS) * 1e9}),
    "a class of one row": ("automl_classifier", {**gaps(), "label": ["rare", *label(2)[1:].astype(str)]}),
    "500 columns": ("automl_regressor", {**numbers(500), "label": label(7) * 1.0}),
}


def families(made) -> tuple[set[str], list[str]]:
    """The families that were tried, and why candidates were given up."""
    board = made.manifest.details["search"]["leaderboard"]
    return {row["family"] for row in board}, [f"{row['name']}: {row['skipped']}" for row in board if row["skipped"]]


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_whole_portfolio_meets_an_odd_table(trained, name):
    model_type, columns = TABLES[name]
    table = pa.table(columns)
    began = time.monotonic()
    made = trained(table, model_type=model_type, max_candidates=len(PORTFOLIO), budget_seconds=SECONDS)
    # Whatever else the machine does meanwhile.
    assert time.monotonic() - began < 2 * SECONDS
    scores = load_model(made.files, None).score(table)
    assert np.isfinite(scores).all()
    tried, skipped = families(made)
    assert not [reason for reason in skipped if _FAILED.search(reason)]
    assert {"boosted_trees", "catboost", "linear"} <= tried


@pytest.mark.slow
def test_a_thousand_classes_end_in_time(trained):
    random = np.random.default_rng(4)
    classes = np.arange(2_000) % 1_000
    table = pa.table({"x": classes + random.normal(size=2_000), **numbers(2, 2_000), "label": classes})
    began = time.monotonic()
    made = trained(table, model_type="automl_classifier", budget_seconds=20)
    assert time.monotonic() - began < 40
    assert np.isfinite(load_model(made.files, None).score(table.slice(0, 50))).all()
    assert not [reason for reason in families(made)[1] if _FAILED.search(reason)]
