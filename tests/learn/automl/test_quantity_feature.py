"""Numbers, money and dates in texts are read by the graph as DuckDB reads them."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.artifact import load_model
from penstock.learn.automl.derived_feature import DerivedColumns, DerivedFeature, derived_graph
from penstock.learn.automl.quantity_feature import QUANTITIES, quantity_features
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task

ODD = [
    None,
    "",
    " ",
    "no",
    "1,2",
    "1,234,5",
    "--5",
    "1.5.2",
    "2020-02-30",
    "2020-13-01",
    "32/01/2020",
    "$",
    "%",
    "원",
    "12:00",
]
KINDS = {
    "number": [f" {n}.25" for n in range(40)] + ["-3", "+4", "1e5", ".5", "2.", "-1.5E-3"],
    "grouped": [f"{n},234,567.125" for n in range(40)] + ["-1,000", "12"],
    "dollar": [f"${n},234.50" for n in range(40)] + ["-$5", "$ 7", "$-8.25", "US$9"],
    "won": [f"{n},200원" for n in range(40)] + ["300 원", "-5원", "1,234,567,890원"],
    "percent": [f"{n}.5%" for n in range(40)] + ["12 %", "-3%"],
    "day": [f"2020-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(60)]
    + ["2020-02-29", "2019-02-29", "1969-12-31", "1900-3-1"],
    "whole": [f"2020{n % 12 + 1:02}{n % 28 + 1:02}" for n in range(60)] + ["20000229", "19000228"],
    "month": [f"19{n:02}-{n % 12 + 1}" for n in range(10, 60)],
    "korean": [f"2020년 {n % 12 + 1}월 {n % 28 + 1}일" for n in range(60)],
    "dots": [f"2020. {n % 12 + 1}. {n % 28 + 1}." for n in range(60)],
    "minute": [f"2020-01-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}" for n in range(60)]
    + ["2020-01-01 24:00", "2020-01-01 10:60"],
    "second": [f"2020/01/{n % 28 + 1:02} {n % 24}:{n % 60:02}:{n % 59:02}" for n in range(60)],
    "half": [f"04/{n % 28 + 1:02}/2018 {n % 12 + 1:02}:{n:02}:26 {'AP'[n % 2]}M" for n in range(60)],
    "european": [f"{n % 28 + 1}.{n % 12 + 1}.2020" for n in range(60)],
    "european minute": [f"{n % 28 + 1}.{n % 12 + 1}.2020 {n % 24}:05" for n in range(60)],
    "euro": [f"{n}.234,5{n % 10} €" for n in range(40)] + ["-3,5 €", "1.234.567,89€", "0,07 EUR"],
    "comma": [f"{n},5" for n in range(40)] + ["-1.234,25"],
    "thousands": [f"${n}.5k" for n in range(40)] + ["$2M", "-$3.25 million", "$7", "$1.5B"],
    "short": [f"{n}.5K" for n in range(40)] + ["2M", "7", "1,234K"],
    "만": [f"{n}.5만원" for n in range(40)] + ["3억", "2천만원", "1,500 백만"],
    "account": [f"({n},234.50)" for n in range(40)] + ["5", "(7)", "$12", "($3.25)"],
    "unit": [f"{n}.5 kg" for n in range(40)] + ["-3kg"],
    "years": ["1 year"] + [f"{n} years" for n in range(2, 40)],
    "comma percent": [f"{n},5 %" for n in range(40)],
    "zulu": [f"2020-01-{n % 28 + 1:02}T{n % 24:02}:30:{n % 60:02}Z" for n in range(60)],
    "short month": [f"{n % 28 + 1:02}-{['Jan', 'Feb', 'Dec'][n % 3]}-2020" for n in range(60)] + ["30-Feb-2020"],
    "long month": [f"{['January', 'May', 'October'][n % 3]} {n % 28 + 1}, 2020" for n in range(60)],
    "noon": [f"04/{n % 28 + 1:02}/2018 {n % 12 + 1}:{n % 60:02} {'AP'[n % 2]}M" for n in range(60)],
}  # fmt: skip


def data_of(**columns):
    table = pa.table(columns)
    rows = table.num_rows
    target = np.arange(rows) % 2 * 1.0
    return TrainingData(
        table, features_of(table), target, np.zeros(rows, bool), None, ("a", "b"), Task.CLASSIFICATION, 1, 1
    )


@pytest.mark.parametrize("name", KINDS)
def test_the_graph_reads_what_duckdb_reads(name):
    data = data_of(가격=KINDS[name])
    made = list(quantity_features(data))
    assert made
    assert {each.kind for each in made} == {QUANTITIES}
    read_alike(made, pa.table({"가격": KINDS[name] + ODD}), data)


def read_alike(made: list[DerivedFeature], rows: pa.Table, data: TrainingData) -> None:
    found = DerivedColumns(derived_graph(made, data.features)).of(rows, data.features)
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        for each, column in zip(made, found, strict=True):
            answers = connection.execute(f"SELECT {each.expression.sql} FROM rows").fetchnumpy()
            wanted = np.ma.filled(next(iter(answers.values())).astype(np.float64), np.nan)
            np.testing.assert_allclose(column.to_numpy(), wanted, rtol=1e-12, atol=1e-9, err_msg=each.name)


def test_days_between_two_dates_are_read():
    days = [f"2020-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(60)]
    moments = [f"{n % 12 + 1:02}/{n % 28 + 1:02}/2019 {n % 24}:30" for n in range(60)]
    data = data_of(since=days, until=moments)
    made = [each for each in quantity_features(data) if each.name == "since_days_since_until"]
    assert len(made) == 1
    read_alike(made, data.columns, data)


def test_names_are_not_read():
    assert not list(quantity_features(data_of(c=[f"c{n % 4}" for n in range(60)])))


def test_a_model_that_reads_money_serves_it(trained):
    random = np.random.default_rng(1)
    price = random.integers(1, 90_000, 400)
    label = np.where(price + 5_000 * random.normal(size=400) > 40_000, "예", "아니오")
    rows = pa.table({"가격": [f"{value:,}원" for value in price], "label": label})
    made = trained(rows, model_type="automl_classifier", max_candidates=1)
    model = load_model(made.files, None)
    (finding,) = [each for each in made.manifest.details["search"]["findings"] if each["kind"] == "money in a text"]
    assert finding["done"].startswith("Read as what it means.")
    assert finding["severity"] == "info"
    assert made.manifest.metrics["roc_auc"] > 0.95
    scores = model.score(pa.table({"가격": ["1,000원", "89,999원", "12345678원"]}))
    assert scores[0].argmax() != scores[1].argmax()
