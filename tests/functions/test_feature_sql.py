"""ML.FEATURE_SQL: the SQL of derived features gives what the model's own graph computes."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa

from penstock.lake.database import ArrowRows
from penstock.learn.automl.derivation import DERIVED, DERIVED_GRAPH
from penstock.learn.automl.derived_feature import DerivedColumns

WORDS = ["사과", "배", "좋다", "it's", "Fine", "fine", "x1", "2024"]


def reviews(rows: int = 240) -> pa.Table:
    random = np.random.default_rng(3)
    texts = [" ".join(random.choice(WORDS, random.integers(3, 9))) for _ in range(rows)]
    good = [("좋다" in text) != (random.random() < 0.05) for text in texts]
    texts[3] = texts[4] = None
    texts[5] = ""
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(int(days)) for days in random.integers(0, 400, rows)]
    return pa.table(
        {
            'the "review"': texts,
            "day": days,
            "price": random.normal(size=rows),
            "good": good,
        }
    )


def test_its_query_gives_what_the_graph_computes(world):
    table = reviews()
    model = world.train("liked", table, "automl_classifier", "good", max_candidates=1)
    world.connection.register("given", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    world.connection.execute("CREATE TABLE reviews AS SELECT * FROM given")
    found = world.rows("SELECT * FROM ML.FEATURE_SQL(MODEL liked, TABLE reviews)")
    names = [row["feature"] for row in found]
    assert 'the "review"_spells' in names
    assert found[0]["gain"] == max(row["gain"] for row in found)
    made = world.connection.table(str(found[0]["query"])).sort_by("price")
    table = table.sort_by("price")
    derived = [item["name"] for item in model.details[DERIVED]["features"]]
    assert sorted(names) == sorted(derived)
    features = model.manifest.features
    computed = DerivedColumns(model.files[DERIVED_GRAPH]).of(table, features)
    assert made.num_rows == table.num_rows
    for name, column in zip(derived, computed, strict=True):
        np.testing.assert_allclose(
            made.column(name).to_numpy().astype(float), column.to_numpy(zero_copy_only=False), rtol=1e-9, atol=1e-9
        )


def test_a_model_without_derived_features_has_none(world):
    world.train("plain", reviews(120), "automl_classifier", "good", max_candidates=1, derived_features=False)
    assert world.rows("SELECT * FROM ML.FEATURE_SQL(MODEL plain)") == []
