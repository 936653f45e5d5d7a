"""INFORMATION_SCHEMA.MODELS, ALTER MODEL SET OPTIONS, and models that are only their TRANSFORM."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import InvalidOption, UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE shop.t AS SELECT range * 7 % 23 AS x, ['시장', '역'][range % 2 + 1] AS 자리, 2.0 * (range * 7 % 23) AS y
FROM range(60);
CREATE MODEL shop.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], description = 'what a day earns',
    labels = [('team', 'pricing')]) AS SELECT * FROM shop.t;
CREATE MODEL other OPTIONS (model_type = 'kmeans', num_clusters = 2) AS SELECT x FROM shop.t;
CREATE MODEL shop.pre TRANSFORM (ML.STANDARD_SCALER(x) OVER () AS x, 자리, upper(자리) AS 말)
OPTIONS (model_type = 'transform_only') AS SELECT * FROM shop.t;
"""
LISTED = "INFORMATION_SCHEMA.MODELS"


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": PROJECT})
    opened.run()
    return opened


def test_every_version_is_a_row_with_what_made_it(work: Work) -> None:
    work.run(forced="shop.m")
    found = work.sql(f"SELECT * FROM {LISTED} WHERE model_name = 'm' ORDER BY version", "bigquery").table().to_pylist()
    assert [(row["model_schema"], row["version"], row["aliases"]) for row in found] == [
        ("shop", 1, []),
        ("shop", 2, ["champion"]),
    ]
    row = found[1]
    assert (row["model_type"], row["task"], row["label"]) == ("linear_reg", "regression", "y")
    assert row["features"] == [{"name": "x", "type": "int64"}, {"name": "자리", "type": "string"}]
    assert {metric["name"] for metric in row["metrics"]} >= {"r2_score", "mean_absolute_error"}
    assert {"name": "model_type", "value": "linear_reg"} in row["options"]
    assert (row["train_rows"], row["held_out_rows"], row["description"]) == (60, 0, "what a day earns")
    assert row["labels"] == [{"key": "team", "value": "pricing"}]
    assert len(row["artifact_hash"]) == 64
    assert "a test wants it" in row["reason"]
    assert row["run_id"] != found[0]["run_id"]
    assert row["creation_time"] is not None


def test_a_dataset_before_it_restricts_it_and_a_region_does_not(work: Work) -> None:
    count = f"SELECT count(*) FROM {{}}{LISTED}"
    for prefix, models in {
        "": 3,
        "shop.": 2,
        "`region-eu`.": 3,
        "main.": 1,
        "nowhere.": 0,
    }.items():
        assert work.rows(count.format(prefix), "bigquery") == [(models,)], prefix
    assert work.rows(f"SELECT count(*) FROM `my-project.shop.{LISTED}`", "bigquery") == [(2,)]
    assert work.rows("SELECT count(*) FROM information_schema.models") == [(3,)]


def test_it_joins_and_is_named_like_any_table(work: Work) -> None:
    joined = f"SELECT MODELS.model_name FROM shop.{LISTED} JOIN shop.{LISTED} AS b USING (artifact_hash) ORDER BY 1"
    assert work.rows(joined, "bigquery") == [("m",), ("pre",)]
    unnested = f"SELECT f.name FROM {LISTED} AS m, UNNEST(m.features) AS f WHERE m.model_name = 'other'"
    assert work.rows(unnested, "bigquery") == [("x",)]
    work.sql("CREATE VIEW shop.listed AS SELECT model_name FROM information_schema.models WHERE model_type = 'kmeans'")
    assert work.rows("SELECT * FROM shop.listed") == [("other",)]
    work.sql("DROP MODEL other")
    assert work.rows("SELECT * FROM shop.listed") == []


def test_a_project_may_read_it(open_work: OpenWork) -> None:
    text = PROJECT + "CREATE TABLE shop.copy AS SELECT model_name FROM shop.INFORMATION_SCHEMA.MODELS;\n"
    work = open_work({"all.sql": text})
    assert not work.notices
    work.run()
    assert len(work.rows("FROM shop.copy")) <= 2


def test_what_is_only_recorded_is_told(work: Work) -> None:
    work.sql(
        "ALTER MODEL shop.m SET OPTIONS (vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], "
        "deploy_model = TRUE, kms_key_name = 'k', description = 'd')"
    )
    told = (
        "kms_key_name, vertex_ai_model_id, vertex_ai_model_version_aliases, deploy_model: Recorded; nothing here reads"
    )
    assert told in work.notices
    work.sql(
        "CREATE OR REPLACE MODEL shop.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], "
        "model_registry = 'vertex_ai', expiration_timestamp = TIMESTAMP '2020-01-01 00:00:00 UTC') "
        "AS SELECT x, y FROM shop.t",
        "bigquery",
    )
    assert "model_registry: Recorded; nothing here reads it." in work.notices
    assert "expiration_timestamp: INFORMATION_SCHEMA.MODELS shows it; nothing is deleted by itself." in work.notices
    with pytest.raises(UserError, match="one of 'VERTEX_AI'"):
        work.sql(
            "CREATE OR REPLACE MODEL shop.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], "
            "model_registry = 'elsewhere') AS SELECT x, y FROM shop.t"
        )


def test_altered_options_hold_until_the_statement_changes(work: Work) -> None:
    work.sql(
        "ALTER MODEL shop.m SET OPTIONS (description = '한 날의 벌이', labels = [('a', 'b'), ('c', 'd')], "
        "expiration_timestamp = TIMESTAMP '2030-01-01 00:00:00 UTC')",
        "bigquery",
    )
    shown = f"SELECT description, labels, expiration_time FROM {LISTED} WHERE model_name = 'm'"
    ((description, labels, expires),) = work.rows(shown)
    assert (description, labels) == ("한 날의 벌이", [{"key": "a", "value": "b"}, {"key": "c", "value": "d"}])
    assert str(expires).startswith("2030-01-01 00:00:00")
    described = work.rows("DESCRIBE MODEL shop.m")
    assert ("model", "description", "한 날의 벌이") in described
    assert ("label", "c", "d") in described
    work.run(forced="shop.m")
    assert {row[0] for row in work.rows(shown)} == {"한 날의 벌이"}
    work.sql("ALTER MODEL shop.m SET OPTIONS (expiration_timestamp = NULL, description = NULL)")
    assert {(row[0], row[2]) for row in work.rows(shown)} == {(None, None)}
    work.sql(
        "CREATE OR REPLACE MODEL shop.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], "
        "description = 'anew') AS SELECT x, y FROM shop.t"
    )
    assert {row[0] for row in work.rows(shown)} == {"anew"}


def test_options_that_say_how_to_train_cannot_be_altered(work: Work) -> None:
    for option, message in (
        ("l2_reg = 1", "no option 'l2_reg' for ALTER MODEL"),
        ("descriptio = 'x'", "Did you mean 'description'"),
        ("labels = ['a']", "a list of pairs"),
        ("expiration_timestamp = 'soon'", "a TIMESTAMP '2030"),
        ("deploy_model = 'yes'", "a boolean"),
    ):
        with pytest.raises(InvalidOption, match=message):
            work.sql(f"ALTER MODEL shop.m SET OPTIONS ({option})")
    assert "there is no" in str(work.sql("ALTER MODEL IF EXISTS nix SET OPTIONS (description = 'x')").message)
    with pytest.raises(UserError, match="There is no model 'nix'"):
        work.sql("ALTER MODEL nix SET OPTIONS (description = 'x')")


def test_a_model_is_made_once_kept_or_replaced(work: Work) -> None:
    made = "MODEL {} shop.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT x, y FROM shop.t"
    with pytest.raises(UserError, match="exists already"):
        work.sql("CREATE " + made.format(""))
    assert "exists" in str(work.sql("CREATE " + made.format("IF NOT EXISTS")).message)
    count = f"SELECT count(*) FROM {LISTED} WHERE model_name = 'm'"
    assert work.rows(count) == [(1,)]
    work.sql("CREATE OR REPLACE " + made.format(""))
    assert work.rows(count) == [(2,)]
    work.sql("DROP MODEL shop.m")
    assert work.rows(count) == [(0,)]
    assert "there is no" in str(work.sql("DROP MODEL IF EXISTS shop.m").message)
    with pytest.raises(UserError, match=r"There is no model 'shop\.m'"):
        work.sql("DROP MODEL shop.m")


def test_a_transform_alone_is_frozen_and_applied(work: Work) -> None:
    rows = work.rows("SELECT x, 자리, 말, y FROM ML.TRANSFORM(MODEL shop.pre, TABLE shop.t) LIMIT 1", "bigquery")
    assert rows == [
        (pytest.approx((0 - 11) / (sum((n - 11) ** 2 for n in range(23)) / 23) ** 0.5, abs=0.1), "시장", "시장", 0.0)
    ]
    one, all_of_them = (
        work.rows(f"SELECT x FROM ML.TRANSFORM(MODEL shop.pre, (SELECT * FROM shop.t WHERE {where})) ORDER BY 1")
        for where in ("x = 3", "TRUE")
    )
    assert one[0] in all_of_them
    info = work.rows("SELECT input, category_count FROM ML.FEATURE_INFO(MODEL shop.pre)")
    assert info == [("x", None), ("자리", 2)]
    assert len(work.rows("SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL shop.pre, TABLE shop.t)")) == 2


def test_a_transform_alone_scores_nothing_and_says_so(work: Work) -> None:
    for text, message in (
        ("SELECT * FROM ML.PREDICT(MODEL shop.pre, TABLE shop.t)", "shop.pre.* a transform_only model"),
        ("SELECT * FROM ML.TRAINING_INFO(MODEL shop.pre)", "shop.pre.* a transform_only model"),
        ("EXPORT MODEL shop.pre OPTIONS (uri = 'out')", "no graph"),
        ("CREATE ENDPOINT e ON MODEL shop.pre", "no score"),
        ("CREATE MODEL z OPTIONS (model_type = 'transform_only') AS SELECT * FROM shop.t", "has none"),
        (
            "CREATE MODEL z TRANSFORM (x) OPTIONS (model_type = 'transform_only', l2_reg = 1) AS SELECT * FROM shop.t",
            "l2_reg",
        ),
    ):
        with pytest.raises(UserError, match=message):
            work.sql(text)
