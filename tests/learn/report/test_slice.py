"""Slices: where a model errs more, honestly for all that was looked at, and gaps between groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from penstock.learn.fitting import TrainedModel
from penstock.learn.manifest import Manifest
from penstock.learn.report.slice import SLICES, _chance, _chance_of_shares, _holm, slices_of
from penstock.learn.report.slice_column import sliced
from penstock.learn.schema import Feature, FeatureType

ROWS = 2_000


@pytest.fixture
def manifest(trained: Callable[..., TrainedModel]) -> Manifest:
    table = pa.table({"도시": ["서울", "부산"] * 50, "x": np.arange(100.0), "label": ["no", "yes"] * 50})
    return trained(table, model_type="logistic_reg").manifest


def _scored(seed: int, good: np.ndarray) -> tuple[pa.ChunkedArray, np.ndarray]:
    """Return labels and probabilities: sure and right where `good`, a coin elsewhere."""
    actual = np.random.default_rng(seed).integers(0, 2, len(good))
    said = np.where(good, np.where(actual == 1, 0.9, 0.1), 0.5001)
    labels = pa.chunked_array([np.array(["no", "yes"])[actual].tolist()])
    return labels, np.column_stack([1 - said, said])


def test_the_slice_with_the_planted_errors_stands_first_and_is_sure(manifest: Manifest) -> None:
    random = np.random.default_rng(1)
    city = random.choice(["서울", "부산", "대구"], ROWS)
    columns = pa.table({"도시": city, "x": random.normal(size=ROWS)})
    labels, scores = _scored(2, city != "대구")
    found = slices_of(manifest, labels, columns, scores)
    assert found is not None
    first = found["worst"][0]
    assert (first["column"], first["slice"], first["sure"]) == ("도시", "대구", True)
    assert first["rows"] == np.count_nonzero(city == "대구")
    assert first["loss"] == pytest.approx(np.log(2), rel=1e-3)
    assert first["rest"] == pytest.approx(-np.log(0.9))
    # Three cities and four quarters of x.
    assert found["slices"] == 7
    assert sum(row["sure"] for row in found["worst"]) == 1


def test_of_errors_that_are_chance_hardly_ever_one_is_sure(manifest: Manifest) -> None:
    sure = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        columns = pa.table({"도시": random.choice(list("abcdefgh"), ROWS), "x": random.normal(size=ROWS)})
        labels, scores = _scored(seed + 100, random.random(ROWS) < 0.8)
        found = slices_of(manifest, labels, columns, scores)
        assert found is not None
        sure += any(row["sure"] for row in found["worst"])
    assert sure <= 3


def test_the_chances_are_those_of_scipy() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(0, 1, 40), random.normal(0.4, 2, 300)
    assert _chance(one, other) == pytest.approx(stats.ttest_ind(one, other, equal_var=False).pvalue)
    hits, others = random.integers(0, 2, 200).astype(float), (random.random(400) < 0.4).astype(float)
    table = [[hits.sum(), 200 - hits.sum()], [others.sum(), 400 - others.sum()]]
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert _chance_of_shares(hits, others) == pytest.approx(expected)
    assert _chance(np.ones(30), np.ones(40)) == 1.0
    assert _chance(np.ones(30), np.zeros(40)) == 0.0


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert _holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert _holm([]) == []


def test_gaps_between_groups_are_the_greatest_rate_less_the_least(manifest: Manifest) -> None:
    city = np.repeat(["서울", "부산"], 200)
    actual = np.tile([0, 1], 200)
    said = np.where(city == "서울", np.where(actual == 1, 0.9, 0.1), 0.1)
    labels = pa.chunked_array([np.array(["no", "yes"])[actual].tolist()])
    columns = pa.table({"도시": city, "x": np.arange(400.0)})
    found = slices_of(manifest, labels, columns, np.column_stack([1 - said, said]))
    assert found is not None
    gaps = found["groups"][0]["gaps"]
    assert gaps["selection_rate"]["gap"] == pytest.approx(0.5)
    assert gaps["true_positive_rate"] == {"gap": 1.0, "p_value": pytest.approx(0.0), "sure": True}
    assert gaps["false_positive_rate"]["gap"] == 0.0
    assert not gaps["false_positive_rate"]["sure"]


def test_missing_values_booleans_and_dates_are_slices_of_their_own() -> None:
    days = pa.chunked_array([pa.array([0, 1, 2, 3, None, 4, 5, 6, 7, 8] * 3, pa.date32())])
    found = sliced(days, Feature("day", FeatureType.DATE, "date32[day]"))
    assert found is not None
    assert found.names[0] == "to 1970-01-03"
    assert found.names[-1] == "NULL"
    assert np.count_nonzero(found.codes == len(found.names) - 1) == 3
    told = sliced(pa.chunked_array([[True, False, None]]), Feature("b", FeatureType.BOOLEAN, "bool"))
    assert told is not None
    assert [told.names[code] for code in told.codes] == ["true", "false", "NULL"]
    odd = sliced(pa.chunked_array([[1.0, np.inf, np.nan, None]]), Feature("x", FeatureType.NUMBER, "double"))
    assert odd is not None
    assert odd.codes.tolist() == [0, -1, 1, 1]
    assert sliced(pa.chunked_array([[[1.0]]]), Feature("v", FeatureType.NUMBER_LIST, "list", 1)) is None
    empty = sliced(pa.chunked_array([pa.nulls(3)]), Feature("n", FeatureType.NUMBER, "null"))
    assert empty is not None
    assert empty.codes.tolist() == [0, 0, 0] or empty.names[empty.codes[0]] == "NULL"


def test_texts_of_many_words_keep_the_most_frequent_ones() -> None:
    words = [f"w{number}" for number in range(50)] + ["often"] * 100 + [None]
    for column in (pa.chunked_array([words]), pa.chunked_array([words]).dictionary_encode()):
        found = sliced(column, Feature("t", FeatureType.STRING, "string"))
        assert found is not None
        assert "often" in found.names
        assert np.count_nonzero(found.codes == found.names.index("often")) == 100
        assert found.names[found.codes[-1]] == "NULL"
        assert np.count_nonzero(found.codes == -1) == 50 - 11


def test_few_rows_have_no_slices_and_a_regression_has_its_own_measures(
    trained: Callable[..., TrainedModel], manifest: Manifest
) -> None:
    labels, scores = _scored(0, np.ones(30, np.bool_))
    few = pa.table({"도시": ["서울"] * 30, "x": np.arange(30.0)})
    assert slices_of(manifest, labels, few, scores) is None
    random = np.random.default_rng(0)
    table = pa.table({"city": random.choice(["a", "b"], 400), "label": random.normal(size=400)})
    found = trained(table, model_type="linear_reg").manifest.details[SLICES]
    assert set(found["overall"]) == {"mean_error", "mean_absolute_error", "mean_squared_error"}
    assert found["loss"] == "mean_squared_error"


def test_the_threshold_decides_what_is_selected(manifest: Manifest) -> None:
    columns = pa.table({"도시": ["서울", "부산"] * 100, "x": np.arange(200.0)})
    labels = pa.chunked_array([["no", "yes"] * 100])
    scores = np.tile([0.7, 0.3], (200, 1))
    usual, low = (slices_of(manifest, labels, columns, scores, at) for at in (0.5, 0.2))
    assert usual is not None
    assert low is not None
    assert (usual["overall"]["selection_rate"], low["overall"]["selection_rate"]) == (0.0, 1.0)


def test_quarters_that_begin_with_one_value_are_named_by_it() -> None:
    counts = pa.chunked_array([[0.0] * 60 + [float(n) for n in range(1, 41)]])
    found = sliced(counts, Feature("n", FeatureType.NUMBER, "double"))
    assert found is not None
    assert found.names[0] == "0"
    assert np.count_nonzero(found.codes == 0) == 60


def test_what_a_search_left_out_has_no_slices(manifest: Manifest) -> None:
    random = np.random.default_rng(1)
    columns = pa.table({"도시": random.choice(["서울", "부산"], ROWS), "x": random.normal(size=ROWS)})
    labels, scores = _scored(2, random.random(ROWS) < 0.8)
    finding = {"kind": "identifier", "columns": ["x"], "severity": "warning", "message": "", "done": "", "drops": True}
    left = replace(manifest, details={**manifest.details, "search": {"findings": [finding]}})
    found = slices_of(left, labels, columns, scores)
    assert found is not None
    assert found["slices"] == 2


def test_of_many_categories_the_most_frequent_are_compared(manifest: Manifest) -> None:
    town = np.repeat([f"t{place:02}" for place in range(15)], 80)
    actual = np.tile([0, 1], 600)
    said = np.where(town == "t03", 0.1, np.where(actual == 1, 0.9, 0.1))
    labels = pa.chunked_array([np.array(["no", "yes"])[actual].tolist()])
    columns = pa.table({"도시": town, "x": np.arange(1200.0)})
    found = slices_of(manifest, labels, columns, np.column_stack([1 - said, said]))
    assert found is not None
    (group,) = [each for each in found["groups"] if each["column"] == "도시"]
    assert group["gaps"]["true_positive_rate"]["sure"]
    assert len(group["groups"]) == 12
