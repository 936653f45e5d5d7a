"""Contribution analysis against sums taken segment by segment, and against numbers that can be done by hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from scipy.integrate import quad

from penstock.core.errors import InvalidOption, UnknownName, UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn import contribution
from penstock.learn.artifact import load_model
from penstock.learn.contribution_analysis import read_insights, read_metric
from penstock.learn.fitting import TrainedModel
from penstock.learn.manifest import Transform
from penstock.learn.training import train

SALES = pa.table(
    {
        "product": ["shoe_1", "shoe_1", "shoe_2"] * 2,
        "store": ["store_2", "store_3", "store_1"] * 2,
        "revenue": [100, 200, 85, 100, 150, 175],
        "is_test": [True] * 3 + [False] * 3,
    }
)


def analysed(table: pa.Table, **options: object) -> TrainedModel:
    given = {"model_type": "contribution_analysis", "is_test_col": "is_test", **options}
    as_given = {name: GivenOption(value) for name, value in given.items()}
    return train(table, as_given, seed=1, threads=1, progress=lambda *_: None)


def insights(table: pa.Table, **options: object) -> list[dict[str, object]]:
    return read_insights(analysed(table, **options).files).to_pylist()


def by_segment(rows: list[dict[str, object]]) -> Mapping[tuple[str, ...], dict[str, object]]:
    return {tuple(row["contributors"]): row for row in rows}


def random_sales(rows: int = 400) -> pa.Table:
    random = np.random.default_rng(3)
    return pa.table(
        {
            "도시": np.array(["서울", "부산", "제주"])[random.integers(0, 3, rows)],
            "year": random.integers(2020, 2024, rows),
            "online": random.random(rows) < 0.4,
            "kind": np.array(list("abcdef"))[random.integers(0, 6, rows)],
            "amount": random.gamma(2.0, 10.0, rows),
            "visits": random.integers(1, 9, rows),
            "customer": random.integers(0, 50, rows),
            "is_test": random.random(rows) < 0.5,
        }
    )


def summed_by_hand(table: pa.Table, dimensions: list[str], column: str) -> dict[tuple[str, ...], tuple[float, float]]:
    """Return control's and test's sums of every segment there is."""
    rows = table.to_pylist()
    sums: dict[tuple[str, ...], list[float]] = {}
    for size in range(len(dimensions) + 1):
        for names in combinations(dimensions, size):
            for row in rows:
                items = tuple(
                    f"{name}={str(row[name]).lower() if row[name] in (True, False) else row[name]}" for name in names
                )
                sums.setdefault(items or ("all",), [0.0, 0.0])[row["is_test"]] += row[column]
    return {items: (control, test) for items, (control, test) in sums.items()}


def test_the_numbers_of_a_sum_are_those_done_by_hand() -> None:
    found = by_segment(insights(SALES, contribution_metric="SUM(revenue)"))
    shoe = found[("product=shoe_1",)]
    assert (shoe["product"], shoe["store"]) == ("shoe_1", None)
    assert (shoe["metric_test"], shoe["metric_control"], shoe["difference"]) == (300, 250, 50)
    assert shoe["relative_difference"] == 0.2
    # The other rows fell from 175 to 85.
    assert shoe["unexpected_difference"] == pytest.approx(300 - 250 * 85 / 175)
    assert shoe["relative_unexpected_difference"] == pytest.approx((300 - 250 * 85 / 175) / (250 * 85 / 175))
    assert shoe["apriori_support"] == pytest.approx(300 / 385)
    assert shoe["contribution"] == 50
    whole = found[("all",)]
    assert (whole["difference"], whole["unexpected_difference"], whole["apriori_support"]) == (-40, -40, 1)
    assert whole["relative_unexpected_difference"] == whole["relative_difference"] == pytest.approx(-40 / 425)


def test_columns_come_in_their_order_and_rows_by_contribution() -> None:
    table = read_insights(analysed(SALES, contribution_metric="sum( `Revenue` )").files)
    assert table.column_names == [
        *("product", "store", "contributors", "metric_test", "metric_control", "difference", "relative_difference"),
        *("unexpected_difference", "relative_unexpected_difference", "apriori_support", "contribution"),
    ]
    assert table.schema.field("contributors").type == pa.list_(pa.string())
    sizes = table["contribution"].to_pylist()
    assert sizes == sorted(sizes, reverse=True)


def test_every_segment_is_found_with_its_sums() -> None:
    table = random_sales().select(["도시", "year", "online", "kind", "amount", "is_test"])
    found = by_segment(insights(table, contribution_metric="SUM(amount)", min_apriori_support=0))
    expected = summed_by_hand(table, ["도시", "year", "online", "kind"], "amount")
    assert found.keys() == expected.keys()
    for items, (control, test) in expected.items():
        assert (found[items]["metric_control"], found[items]["metric_test"]) == pytest.approx((control, test))


@pytest.mark.parametrize("least", [0.05, 0.1, 0.3])
def test_small_segments_are_left_out_and_no_others(least: float) -> None:
    table = random_sales().select(["도시", "year", "online", "kind", "amount", "is_test"])
    found = by_segment(insights(table, contribution_metric="SUM(amount)", min_apriori_support=least))
    sums = summed_by_hand(table, ["도시", "year", "online", "kind"], "amount")
    whole = sums[("all",)]
    large = {items for items, (a, b) in sums.items() if max(a / whole[0], b / whole[1]) >= least}
    assert found.keys() == large


def test_the_segments_of_the_greatest_support_are_those_that_a_number_asks_for() -> None:
    table = random_sales().select(["도시", "year", "online", "kind", "amount", "is_test"])
    everything = insights(table, contribution_metric="SUM(amount)", min_apriori_support=0)
    supports = sorted((row["apriori_support"] for row in everything), reverse=True)
    for count in (1, 2, 17, 60):
        found = insights(table, contribution_metric="SUM(amount)", top_k_insights_by_apriori_support=count)
        assert sorted((row["apriori_support"] for row in found), reverse=True) == supports[:count]


def test_of_segments_over_the_same_amounts_the_narrowest_stays() -> None:
    pruned = {"contribution_metric": "SUM(revenue)", "pruning_method": "PRUNE_REDUNDANT_INSIGHTS"}
    assert {tuple(row["contributors"]) for row in insights(SALES, **pruned)} == {
        ("all",),
        ("product=shoe_1",),
        ("product=shoe_1", "store=store_2"),
        ("product=shoe_1", "store=store_3"),
        ("product=shoe_2", "store=store_1"),
    }
    # What was pruned makes room for others.
    assert len(insights(SALES, **pruned, top_k_insights_by_apriori_support=4)) == 4
    assert len(insights(SALES, **pruned, top_k_insights_by_apriori_support=50)) == 5


def test_all_rows_stay_though_one_segment_holds_them_all() -> None:
    table = SALES.append_column("shop", [["one"] * 6])
    found = insights(table, contribution_metric="SUM(revenue)", pruning_method="PRUNE_REDUNDANT_INSIGHTS")
    assert [row["contributors"] for row in found if row["apriori_support"] == 1] == [["all"], ["shop=one"]]


def test_a_ratio_is_compared_with_that_of_all_other_rows() -> None:
    # BigQuery's own example of the complement.
    table = pa.table(
        {
            "dim1": [1, 1, 5, 1, 1, 5],
            "dim2": [10, 15, 20, 10, 15, 20],
            "a": [50, 75, 1, 40, 60, 2],
            "b": [100, 200, 10, 100, 100, 10],
            "is_test": [True] * 3 + [False] * 3,
        }
    )
    table_of = analysed(table, contribution_metric="SUM(a)/SUM(b)", min_apriori_support=0)
    assert read_insights(table_of.files).column_names == [
        *("dim1", "dim2", "contributors", "metric_test", "metric_control", "metric_test_over_metric_control"),
        *("metric_test_over_complement", "metric_control_over_complement", "aumann_shapley_attribution"),
        *("apriori_support", "contribution"),
    ]
    found = by_segment(read_insights(table_of.files).to_pylist())
    assert found[("dim1=1", "dim2=10")]["metric_test_over_complement"] == pytest.approx(0.5 / (76 / 210))
    assert found[("dim1=5",)]["metric_test_over_complement"] == pytest.approx(0.1 / (125 / 300))
    assert found[("all",)]["metric_test_over_complement"] is None
    whole = found[("all",)]
    assert whole["aumann_shapley_attribution"] == pytest.approx(126 / 310 - 102 / 210)
    assert whole["apriori_support"] == 1
    assert found[("dim2=10",)]["apriori_support"] == pytest.approx(50 / 126)
    # Segments that together are all rows share the whole change.
    shares = [found[(f"dim2={value}",)]["aumann_shapley_attribution"] for value in (10, 15, 20)]
    assert sum(shares) == pytest.approx(whole["aumann_shapley_attribution"])


@pytest.mark.parametrize("grown", [0.5, 1.0, 1.0 + 1e-6, 1.00009, 1.0002, 3.0])
def test_attributions_are_the_integral_along_the_line_from_control_to_test(grown: float) -> None:
    table = random_sales(60).select(["도시", "amount", "visits", "is_test"])
    visits = np.where(table["is_test"], table["visits"].to_numpy() * grown, table["visits"])
    # As many visits in both sets, so that only `grown` tells them apart.
    for which in (True, False):
        side = table["is_test"].to_numpy(zero_copy_only=False) == which
        visits[side] /= table["visits"].to_numpy()[side].sum()
    table = table.set_column(2, "visits", [visits])
    found = by_segment(insights(table, contribution_metric="SUM(amount)/SUM(visits)", min_apriori_support=0))
    top, bottom = summed_by_hand(table, ["도시"], "amount"), summed_by_hand(table, ["도시"], "visits")
    (n0, n1), (d0, d1) = top[("all",)], bottom[("all",)]
    for items, row in found.items():
        moved, own = top[items][1] - top[items][0], bottom[items][1] - bottom[items][0]
        by_integral, _ = quad(
            lambda t, moved=moved, own=own: (
                moved / (d0 + t * (d1 - d0)) - own * (n0 + t * (n1 - n0)) / (d0 + t * (d1 - d0)) ** 2
            ),
            0,
            1,
        )
        assert row["aumann_shapley_attribution"] == pytest.approx(by_integral, rel=1e-6, abs=1e-9)


def test_a_sum_by_category_counts_each_value_once() -> None:
    table = random_sales().select(["도시", "kind", "amount", "customer", "is_test"])
    trained = analysed(table, contribution_metric="SUM(amount)/COUNT(DISTINCT customer)", min_apriori_support=0.01)
    found = read_insights(trained.files)
    assert found.column_names[3:] == [
        *("metric_test", "metric_control", "difference", "relative_difference", "metric_test_over_population"),
        *("metric_control_over_population", "apriori_support", "contribution"),
    ]
    rows = table.to_pylist()
    for row in found.to_pylist():
        for side, name in ((True, "metric_test"), (False, "metric_control")):
            own = [
                each
                for each in rows
                if each["is_test"] is side and all(row[d] in (None, each[d]) for d in ("도시", "kind"))
            ]
            expected = sum(each["amount"] for each in own) / len({each["customer"] for each in own})
            assert row[name] == pytest.approx(expected)


def test_null_dimensions_are_left_out_and_told_and_null_amounts_add_nothing() -> None:
    table = pa.table(
        {
            "city": ["a", "a", None, "b", "b"],
            "amount": pa.array([Decimal("1.5"), None, Decimal(100), Decimal("2.25"), Decimal(3)]),
            "customer": pa.array([1, None, 3, 4, 4], pa.int8()),
            "is_test": [True, False, True, None, False],
        }
    )
    trained = analysed(table, contribution_metric="SUM(amount)/COUNT(DISTINCT customer)", min_apriori_support=0)
    assert "2 rows have a NULL" in trained.manifest.notes[0]
    found = by_segment(read_insights(trained.files).to_pylist())
    assert (found[("city=a",)]["metric_test"], found[("city=a",)]["metric_control"]) == (1.5, None)
    assert (found[("all",)]["metric_test"], found[("all",)]["metric_control"]) == (1.5, 3.0)


def test_amounts_below_zero_are_taken_where_every_segment_is() -> None:
    table = SALES.set_column(2, "revenue", [[-100.0, 200, 85, 100, 150, 175]])
    with pytest.raises(UntrainableModel, match="negative in 1 rows"):
        analysed(table, contribution_metric="SUM(revenue)")
    found = by_segment(insights(table, contribution_metric="SUM(revenue)", min_apriori_support=0))
    assert found[("store=store_2",)]["difference"] == -200


def test_columns_that_no_option_names_are_not_read_and_told() -> None:
    options: dict[str, object] = {"contribution_metric": "SUM(revenue)", "dimension_id_cols": ["product"]}
    wide = analysed(SALES, **options)
    narrow = analysed(SALES.drop(["store"]), **options)
    assert read_insights(wide.files) == read_insights(narrow.files)
    assert "The columns 'store' are not read: no option names them." in wide.manifest.notes
    assert not narrow.manifest.notes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contribution_metric": "AVG(revenue)"}, "must be SUM"),
        ({"contribution_metric": "SUM(revnue)"}, "no column of contribution_metric 'revnue'"),
        ({"contribution_metric": None}, "has no contribution_metric"),
        ({"is_test_col": None}, "has no is_test_col"),
        ({"is_test_col": "store"}, "must be BOOL"),
        ({"is_test_col": "is_tst"}, "no is_test_col column"),
        ({"dimension_id_cols": ["product", "town"]}, "'town'"),
        ({"min_apriori_support": 1.5}, "between 0 and 1"),
        ({"min_apriori_support": 0.2, "top_k_insights_by_apriori_support": 3}, "exclude each other"),
        ({"pruning_method": "PRUNE"}, "'NO_PRUNING', 'PRUNE_REDUNDANT_INSIGHTS'"),
        ({"max_iterations": 3}, "There is no option 'max_iterations'"),
    ],
)
def test_what_cannot_be_asked_is_told(change: Mapping[str, object], message: str) -> None:
    with pytest.raises((InvalidOption, UnknownName, UntrainableModel), match=message):
        analysed(SALES, **{"contribution_metric": "SUM(revenue)", **change})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (SALES.slice(0, 3), "no rows of the control set"),
        (SALES.slice(3), "no rows of the test set"),
        (SALES.set_column(2, "revenue", [[float("nan"), 1, 2, 3, float("inf"), 4]]), "NaN or infinite in 2 rows"),
        (SALES.set_column(2, "revenue", [["1"] * 6]), "not a number"),
        (SALES.set_column(0, "product", [[1.5] * 6]), "must be INT64, BOOL or STRING"),
        (SALES.select(["revenue", "is_test"]), "There is no dimension"),
    ],
)
def test_rows_that_cannot_be_explained_are_told(table: pa.Table, message: str) -> None:
    with pytest.raises(UntrainableModel, match=message):
        analysed(table, contribution_metric="SUM(revenue)")


def test_dimensions_have_a_limit_that_is_lower_where_every_segment_is_wanted() -> None:
    many = pa.table({f"d{place}": [1, 2] for place in range(14)} | {"x": [1, 1], "is_test": [True, False]})
    with pytest.raises(UntrainableModel, match="14 dimensions; there can be 13"):
        analysed(many, contribution_metric="SUM(x)", min_apriori_support=0)
    assert len(insights(many, contribution_metric="SUM(x)", pruning_method="PRUNE_REDUNDANT_INSIGHTS")) == 3


def test_too_many_segments_are_told_before_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contribution, "MOST_SEGMENTS", 20)
    with pytest.raises(UntrainableModel, match="more than 20 segments"):
        analysed(random_sales().drop(["visits", "customer"]), contribution_metric="SUM(amount)", min_apriori_support=0)


def test_a_metric_is_read_in_any_case_and_with_quotes() -> None:
    read = read_metric('sum("총 매출") /\n Count( distinct `고객 번호` )')
    assert read is not None
    assert (read.form, read.columns) == (contribution.MetricForm.BY_CATEGORY, ("총 매출", "고객 번호"))
    assert read_metric("SUM(a)/SUM(b)/SUM(c)") is None
    assert read_metric("SUM(a+b)+1") is None


def test_the_model_says_how_the_metric_changed_and_gives_rows_no_scores() -> None:
    trained = analysed(SALES, contribution_metric="SUM(revenue)")
    assert trained.manifest.metrics == {"difference": -40, "relative_difference": -40 / 425, "insights": 9}
    assert "model.onnx" not in load_model(trained.files, None).files


def test_it_takes_no_transform() -> None:
    given = {"model_type": "contribution_analysis", "contribution_metric": "SUM(revenue)", "is_test_col": "is_test"}
    options = {name: GivenOption(value) for name, value in given.items()}
    with pytest.raises(InvalidOption, match="takes no TRANSFORM"):
        train(SALES, options, seed=1, threads=1, progress=lambda *_: None, transform=Transform((), ()))


def test_no_column_of_the_metric_is_called_an_identifier() -> None:
    rows = 400
    table = random_sales(rows).select(["kind", "amount", "is_test"]).append_column("Cid", pa.array(range(rows)))
    assert analysed(table, contribution_metric="SUM(amount) / COUNT(DISTINCT cid)").warnings == ()
    (warning,) = analysed(table, contribution_metric="SUM(amount)", min_apriori_support=0.3).warnings
    assert warning.message == "The feature 'Cid' has 400 different values in 400 rows; it looks like an identifier."
