"""Features that give the label away are warned about, honest ones are not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

BIKES = Path(__file__).parents[2] / "examples" / "bike-sharing" / "data" / "bike_sharing_dataset.zip"


def warnings_of(model):
    return [warning for warning in model.warnings if warning.code == "leakage"]


def test_bike_rentals_by_kind_rebuild_their_sum(trained):
    with zipfile.ZipFile(BIKES) as archive, archive.open("hour.csv") as file:
        hours = csv.read_csv(file).drop(["instant", "dteday"])
    (warning,) = warnings_of(trained(hours, label="cnt", model_type="linear_reg"))
    assert "'casual' and 'registered' together rebuild the label 'cnt'" in warning.message
    assert "1.000" in warning.message
    assert "casual, registered" in warning.hint
    assert not warnings_of(trained(hours.drop(["casual", "registered"]), label="cnt", model_type="linear_reg"))


@pytest.fixture
def honest():
    rng = np.random.default_rng(3)
    x = rng.normal(size=800)
    return pa.table({"x": x, "c": pa.array([f"c{i % 7}" for i in range(800)]), "label": x + rng.normal(size=800)})


def test_honest_features_pass(trained, honest):
    assert not warnings_of(trained(honest, model_type="linear_reg"))


def test_the_label_under_another_name_is_found_with_its_score(trained, honest):
    (warning,) = warnings_of(trained(honest.append_column("copy", honest["label"]), model_type="linear_reg"))
    assert warning.message.startswith("The feature 'copy' equals the label 'label' (R² 1.0000)")


def test_a_feature_that_knows_the_class_is_found(trained, honest):
    rng = np.random.default_rng(1)
    label = pa.array(np.where(honest["x"].to_numpy() + rng.normal(size=800) > 0, "yes", "no"))
    table = honest.set_column(2, "label", label)
    assert not warnings_of(trained(table, model_type="logistic_reg"))
    for leak, said in (
        (label, "equals the label"),
        (
            pa.array([{"yes": "예", "no": "아니오"}[word] for word in label.to_pylist()]),
            "suspiciously well (ROC AUC 1.0000)",
        ),
        (pa.array([word == "yes" for word in label.to_pylist()]), "suspiciously well"),
        (
            pa.array([1000.0 + i % 3 if word == "yes" else 2.0 for i, word in enumerate(label.to_pylist())]),
            "suspiciously",
        ),
    ):
        (warning,) = warnings_of(trained(table.append_column("새는열", leak), model_type="logistic_reg"))
        assert "'새는열'" in warning.message
        assert said in warning.message


def test_nulls_and_infinities_in_numbers_do_not_hide_or_make_a_leak(trained, honest):
    noisy = honest["x"].to_numpy().copy()
    noisy[::7], noisy[::11] = np.nan, np.inf
    table = honest.append_column("noisy", pa.array(noisy)).append_column("none", pa.nulls(800))
    assert not warnings_of(trained(table, model_type="linear_reg"))


def test_of_few_rows_only_the_label_itself_is_said(trained, honest):
    small = honest.slice(0, 60)
    nearly = pa.array(small["label"].to_numpy() * 2)
    assert not warnings_of(trained(small.append_column("nearly", nearly), model_type="linear_reg"))
    assert warnings_of(trained(small.append_column("copy", small["label"]), model_type="linear_reg"))
    few = honest.slice(0, 15)
    assert not warnings_of(trained(few.append_column("copy", few["label"]), model_type="linear_reg"))


def test_a_rescaled_label_is_found_though_its_values_differ(trained, honest):
    rng = np.random.default_rng(4)
    label = np.exp(3 * rng.normal(size=800))
    table = honest.drop(["label"]).append_column("label", pa.array(label)).append_column("won", pa.array(label * 1300))
    (warning,) = warnings_of(trained(table, model_type="linear_reg"))
    assert "'won'" in warning.message


def test_the_time_between_two_moments_that_is_the_label_is_told_by_the_later_one(trained):
    rng = np.random.default_rng(4)
    opened = rng.integers(0, 2 * 365 * 86_400, 800)
    days = np.floor(rng.exponential(20, 800))
    closed = opened + days * 86_400 + rng.integers(0, 3_600, 800)
    moments = {"opened": opened, "closed": closed, "due": opened + rng.integers(0, 864_000, 800)}
    table = pa.table({name: pa.array(values.astype(np.int64), pa.timestamp("s")) for name, values in moments.items()})
    table = table.append_column("label", pa.array(days))
    (warning,) = warnings_of(trained(table, model_type="boosted_tree_regressor", max_iterations=2))
    assert warning.message.startswith("The time from 'opened' to 'closed' predicts the label 'label' suspiciously well")
    late = table.set_column(3, "label", pa.array(np.where(days > 14, "late", "in time")))
    (warning,) = warnings_of(trained(late, model_type="boosted_tree_classifier", max_iterations=2))
    assert "from 'opened' to 'closed'" in warning.message
    assert not warnings_of(trained(late.drop(["closed"]), model_type="boosted_tree_classifier", max_iterations=2))


def test_a_sum_of_which_one_part_is_suspicious_alone_is_told_whole(trained):
    rng = np.random.default_rng(5)
    most, rest = rng.normal(size=800), 0.05 * rng.normal(size=800)
    table = pa.table({"most": most, "rest": rest, "label": most + rest})
    warnings = warnings_of(trained(table, model_type="linear_reg"))
    assert [w.message.split(" predicts ")[0].split(" together ")[0] for w in warnings] == [
        "The feature 'most' alone",
        "'most' and 'rest'",
    ]


def test_rare_classes_do_not_hide_what_gives_the_frequent_ones_away(trained):
    kinds = ["a", "b", "c"] * 300
    rare = [f"rare {n}" for n in range(12)]
    label = pa.array(kinds + rare * 2)
    table = pa.table({"sort": pa.array([f"{word}-7" for word in kinds] + rare[::-1] * 2), "label": label})
    (warning,) = warnings_of(trained(table, model_type="boosted_tree_classifier", max_iterations=2))
    assert "'sort'" in warning.message


def test_numbers_of_any_size_are_looked_at_without_a_warning(trained):
    rng = np.random.default_rng(6)
    one, other = rng.normal(size=400), rng.normal(size=400)
    table = pa.table({"one": one * 1e204, "other": other * 1e-204, "none": np.zeros(400), "label": one + other})
    (warning,) = warnings_of(trained(table, model_type="boosted_tree_regressor", max_iterations=2))
    assert warning.message.startswith("'one' and 'other' together rebuild")
