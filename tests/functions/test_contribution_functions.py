"""ML.GET_INSIGHTS and AI.KEY_DRIVERS by way of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName, UntrainableModel
from penstock.core.events import Noticed
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train

if TYPE_CHECKING:
    from conftest import World

DRIVERS = "metric_col => 'revenue', dimension_cols => ['Store', 'product'], interest_label_col => 'is_new'"


@pytest.fixture
def sales(world: World) -> World:
    world.connection.execute(
        "CREATE TABLE sales AS SELECT * FROM (VALUES ('shoe_1', 2, 100.50::DECIMAL(9, 2), true), "
        "('shoe_1', 3, 200, true), ('신발', 1, 85, true), ('shoe_1', 2, 100, false), ('shoe_1', 3, 150, false), "
        "('신발', 1, 175, false)) AS t(product, store, revenue, is_new)"
    )
    return world


def test_key_drivers_are_the_insights_of_a_model_under_other_names(sales: World) -> None:
    given = {"contribution_metric": "SUM(revenue)", "is_test_col": "is_new", "dimension_id_cols": ["store", "product"]}
    options = {"model_type": "contribution_analysis", "pruning_method": "PRUNE_REDUNDANT_INSIGHTS", **given}
    rows = sales.connection.table("FROM sales")
    as_given = {name: GivenOption(value) for name, value in options.items()}
    trained = train(rows, as_given, seed=1, threads=1, progress=lambda *_: None)
    sales.models["moved"] = load_model(trained.files, None)
    insights = sales.sql("SELECT * FROM ML.GET_INSIGHTS(MODEL moved)")
    drivers = sales.sql(f"SELECT * FROM AI.KEY_DRIVERS(TABLE sales, {DRIVERS})")
    renamed = ["store", "product", "drivers", "metric_interest", "metric_reference", *insights.column_names[5:]]
    assert drivers.column_names == renamed
    assert drivers.to_pydict() == insights.rename_columns(renamed).cast(drivers.schema).to_pydict()
    assert ["store=1", "product=신발"] in drivers["drivers"].to_pylist()
    assert [str(kind) for kind in drivers.schema.types[:2]] == ["int32", "string"]


def test_key_drivers_take_sum_of_a_column_and_give_as_many_as_are_asked_for(sales: World) -> None:
    every = sales.rows(
        f"FROM AI.KEY_DRIVERS(TABLE sales, {DRIVERS}, min_apriori_support => 0, enable_pruning => false)"
    )
    assert len(every) == 9
    summed = DRIVERS.replace("revenue", "sum(Revenue)")
    assert len(sales.rows(f"FROM AI.KEY_DRIVERS((SELECT * FROM sales), {summed}, top_k => 2)")) == 2


def test_rows_with_null_are_told_and_no_rows_give_none(sales: World) -> None:
    sales.connection.execute(
        "INSERT INTO sales VALUES (NULL, 4, 1000, true), (NULL, 4, 9, true), ('shoe_1', 2, NULL, false)"
    )
    found = sales.rows(f"FROM AI.KEY_DRIVERS(TABLE sales, {DRIVERS})")
    assert next(row for row in found if row["drivers"] == ["all"])["metric_interest"] == 385.5
    assert [event.message for event in sales.heard if isinstance(event, Noticed)] == [
        "2 rows have a NULL in a dimension or in the test column and are left out."
    ]
    assert sales.rows(f"FROM AI.KEY_DRIVERS((FROM sales WHERE false), {DRIVERS})") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (DRIVERS.replace("revenue", "revnue"), "no column 'revnue'"),
        (DRIVERS.replace("'revenue'", "'SUM(a)/SUM(b)'"), "a column, or SUM"),
        (DRIVERS.replace("'product'", "'is_new'"), "names the column 'is_new' twice"),
        (DRIVERS.replace("'product'", "'revenue'"), "names the column 'revenue' twice"),
        (DRIVERS.replace("'is_new'", "'product'"), "must be a BOOL"),
        (DRIVERS.replace("metric_col => 'revenue', ", ""), "needs metric_col"),
        (f"{DRIVERS}, top_k => 3, min_apriori_support => 0.2", "exclude each other"),
        (f"{DRIVERS}, topk => 3", "top_k"),
    ],
)
def test_what_key_drivers_cannot_do_is_told(sales: World, arguments: str, message: str) -> None:
    with pytest.raises((InvalidOption, UnknownName, BadData), match=message):
        sales.rows(f"FROM AI.KEY_DRIVERS(TABLE sales, {arguments})")


def test_sums_below_zero_and_one_sided_rows_are_told(sales: World) -> None:
    with pytest.raises(UntrainableModel, match="no rows of the control set"):
        sales.rows(f"FROM AI.KEY_DRIVERS((FROM sales WHERE is_new), {DRIVERS})")
    sales.connection.execute("INSERT INTO sales VALUES ('shoe_1', 2, -1, true)")
    with pytest.raises(BadData, match="negative in some rows"):
        sales.rows(f"FROM AI.KEY_DRIVERS(TABLE sales, {DRIVERS})")
    assert sales.rows(f"FROM AI.KEY_DRIVERS(TABLE sales, {DRIVERS}, min_apriori_support => 0)")
