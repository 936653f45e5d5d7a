"""An interpretable model: a sum of one function a feature, whose explanation is the model itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train


@pytest.fixture(scope="module")
def trained():
    random = np.random.default_rng(4)
    x = random.normal(size=(400, 2))
    city = random.choice(["서울", "부산", "대구"], size=400)
    value = np.sin(2 * x[:, 0]) + 2.0 * x[:, 0] * x[:, 1] + (city == "서울") + 0.1 * random.normal(size=400)
    table = pa.table({"a": pa.array(x[:, 0], mask=x[:, 0] > 2), "b": x[:, 1], "도시": city, "label": value})
    given = {
        "input_label_cols": ["label"],
        "model_type": "automl_regressor",
        "interpretable": True,
        "max_candidates": 1,
    }
    given = {name: GivenOption(option) for name, option in given.items()}
    return table, train(table, given, seed=1, threads=1, progress=lambda done, most, note: None)


def grid() -> pa.Table:
    """Each of three values of every feature beside each of the others."""
    a, b, city = np.meshgrid([-1.0, 0.2, 1.3], [-0.7, 0.0, 0.9], [0, 1, 2], indexing="ij")
    names = np.array(["서울", "부산", "대구"])[city.ravel()]
    return pa.table({"a": a.ravel(), "b": b.ravel(), "도시": names})


def test_no_feature_changes_what_another_one_does(trained):
    scores = load_model(trained[1].files, None).score(grid()).reshape(3, 3, 3)
    parts = [scores.mean(axis=(1, 2)), scores.mean(axis=(0, 2)), scores.mean(axis=(0, 1))]
    mean = scores.mean()
    together = parts[0][:, None, None] + parts[1][None, :, None] + parts[2][None, None, :] - 2 * mean
    assert np.abs(scores - together).max() < 1e-9
    assert np.ptp(parts[0]) > 0.3


def test_an_attribution_depends_on_its_own_feature_alone_and_they_sum_to_the_score(trained):
    model, rows = load_model(trained[1].files, None), grid()
    found = model.explain(rows)
    assert found.exact
    assert np.abs(found.prediction - model.score(rows)).max() < 1e-9
    for name, values in zip(found.features, found.values.T, strict=True):
        for value in set(rows[name].to_pylist()):
            own = values[[each == value for each in rows[name].to_pylist()]]
            assert np.ptp(own) < 1e-9


def test_what_it_costs_is_told(trained):
    manifest = trained[1].manifest
    search = manifest.details["search"]
    served = search["serving"]["tried"][0]["score"]
    # What the trees of a usual search gain is the product of a and b.
    assert search["interpretable"]["score"] < served
    assert any("one function a feature" in note for note in manifest.notes)
    assert search["derived"] == []
