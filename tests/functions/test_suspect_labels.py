"""ML.SUSPECT_LABELS: rows whose labels were turned are found again in the data, and honest ones are not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.lake.database import ArrowRows

ROWS, TURNED = 600, 30


def planted() -> tuple[pa.Table, set[str]]:
    random = np.random.default_rng(4)
    x, city = random.normal(size=ROWS), random.choice(["서울", "부산"], ROWS)
    good = np.where(x + (city == "서울") > 0.5, "예", "아니오")
    turned = random.choice(np.flatnonzero(np.abs(x + (city == "서울") - 0.5) > 0.5), TURNED, replace=False)
    good[turned] = np.where(good[turned] == "예", "아니오", "예")
    names = np.array([f"k-{number:04}" for number in range(ROWS)])
    known = pa.array(x, mask=np.arange(ROWS) == 0)
    return pa.table({"customer_id": names, "x": known, "도시": city, "좋음": good}), set(names[turned].tolist())


@pytest.fixture
def asked(world):
    table, turned = planted()
    world.train("liked", table, "automl_classifier", "좋음", max_candidates=1, derived_features=False)
    world.connection.register("rows", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    world.connection.execute("CREATE TABLE customers AS SELECT * FROM rows")
    return world, turned


def test_labels_that_were_turned_are_shown_with_what_they_likely_are(asked):
    world, turned = asked
    found = world.rows("SELECT * FROM ML.SUSPECT_LABELS(MODEL liked, TABLE customers) ORDER BY probability_of_label")
    assert list(found[0]) == ["likely_좋음", "probability", "probability_of_label", "customer_id", "x", "도시", "좋음"]
    shown = [row["customer_id"] for row in found]
    assert len(set(shown) & turned) >= 0.6 * TURNED
    assert len(set(shown) & turned) >= 0.8 * len(shown)
    assert all(row["likely_좋음"] != row["좋음"] for row in found)
    assert all(row["probability"] > row["probability_of_label"] for row in found)


def test_a_label_that_was_put_right_is_shown_no_more(asked):
    world, _ = asked
    (first,) = world.rows("SELECT customer_id FROM ML.SUSPECT_LABELS(MODEL liked, TABLE customers) LIMIT 1")
    name = first["customer_id"]
    mended = f"SELECT * REPLACE (CASE WHEN customer_id = '{name}' THEN '아니오' ELSE 좋음 END AS 좋음) FROM customers"
    turned = f"SELECT * REPLACE (CASE WHEN customer_id = '{name}' THEN '예' ELSE 좋음 END AS 좋음) FROM customers"
    counts = [
        world.rows(f"SELECT count(*) AS n FROM ML.SUSPECT_LABELS(MODEL liked, ({query}))")[0]["n"]
        for query in ("SELECT * FROM customers", mended, turned, "SELECT * EXCLUDE (좋음) FROM customers")
    ]
    assert sorted(counts[1:3]) == [counts[0] - 1, counts[0]]
    assert counts[3] == counts[0]


def test_other_rows_and_no_rows_are_not_suspect(asked):
    world, _ = asked
    for query in ("SELECT * REPLACE (x + 1e-9 AS x) FROM customers WHERE x IS NOT NULL", "FROM customers LIMIT 0"):
        assert world.rows(f"SELECT * FROM ML.SUSPECT_LABELS(MODEL liked, ({query}))") == []


def test_a_model_that_no_search_made_tells_that_it_knows_none(world):
    table, _ = planted()
    world.train("plain", table, "logistic_reg", "좋음")
    world.connection.register("rows", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    assert world.rows("SELECT * FROM ML.SUSPECT_LABELS(MODEL plain, (SELECT * FROM rows))") == []
    assert any("only AutoML classifiers judge every row" in str(told) for told in world.heard)
