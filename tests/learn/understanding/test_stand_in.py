"""Values that stand for missing ones, numbers that are dates, columns that say the same, labels that were cut off."""

from __future__ import annotations

import time
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.understanding.described import findings_about
from penstock.learn.understanding.likeness import likeness_findings
from penstock.learn.understanding.sample import Sample
from penstock.learn.understanding.stand_in import stand_in

ROWS = 600
VALUES = np.random.default_rng(5).normal(20, 6, ROWS).round(1)


def table(**columns):
    random = np.random.default_rng(3)
    return pa.table({"x": random.normal(size=ROWS), "label": random.integers(0, 2, ROWS), **columns})


def found(rows, kind):
    return [each for each in findings_about(rows, "label", seed=1, threads=1) if each.kind == kind]


def read(rows, sql):
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        return [row[0] for row in connection.execute(f"SELECT {sql} FROM rows").fetchall()]


def every_tenth(values, other):
    return [other if n % 10 == 0 else value for n, value in enumerate(values)]


@pytest.mark.parametrize("value", [-200.0, -999.0, 99999.0, 1000.0])
def test_a_value_far_from_all_others_that_comes_again_stands_for_a_missing_one(value):
    assert stand_in(np.array(every_tenth(VALUES, value))) == value


def test_the_only_number_below_nothing_stands_for_a_missing_one():
    days = np.arange(ROWS) % 400.0
    assert stand_in(np.array(every_tenth(days, -1.0))) == -1.0
    assert stand_in(np.array(every_tenth(days - 5.0, -6.0))) is None


def test_numbers_of_any_size_are_looked_at_without_a_warning():
    great = np.linspace(-1, 1, ROWS) * 1.7e308
    assert stand_in(great) is None
    assert stand_in(np.array(every_tenth(VALUES, 1.7e308))) == 1.7e308
    for label in (great, np.array(every_tenth(VALUES, -1.7e308)), VALUES):
        rows = table(label=label, great=great, 수=every_tenth(VALUES, 1e300))
        assert findings_about(rows, "label", seed=1, threads=1)


def test_nines_are_no_stand_in_among_numbers_as_large():
    large = np.random.default_rng(1).uniform(0, 60_000, ROWS)
    assert stand_in(np.array(every_tenth(large, 99_999.0))) is None
    assert stand_in(np.array(every_tenth(large / 2, 99_999.0))) == 99_999.0


@pytest.mark.parametrize(
    "values",
    [
        VALUES,
        np.where(np.arange(ROWS) % 10 == 0, 0.0, VALUES + 500),
        np.array([*VALUES[:-2], 1000.0, 1000.0]),
        np.full(ROWS, np.nan),
        np.arange(ROWS) % 3 * 1000.0,
        np.array([]),
    ],
)
def test_honest_numbers_have_no_stand_in(values):
    assert stand_in(values) is None


def test_the_query_that_is_advised_makes_it_null():
    days = [date(2020, 1, 1) + timedelta(days=n * 7 % 900) for n in range(ROWS)]
    rows = table(
        온도=every_tenth(VALUES, -200.0),
        until=pa.array(every_tenth(days, date(9999, 12, 31))),
        job=every_tenth([f"j{n % 7}" for n in range(ROWS)], "Unknown"),
    )
    tellings = {each.columns[0]: each for each in found(rows, "stand-in for missing")}
    assert set(tellings) == {"온도", "until", "job"}
    assert "'온도' is -200 in 60 rows (10.0 %)" in tellings["온도"].message
    assert "'until' is 9999-12-31" in tellings["until"].message
    for telling in tellings.values():
        advice = telling.done.partition(": ")[2].rstrip(".")
        assert read(rows, advice).count(None) == 60


def test_a_label_that_stands_for_a_missing_one_is_told_apart_from_outliers():
    rows = table(label=np.array(every_tenth(VALUES, -200.0)))
    (telling,) = found(rows, "label stand-in")
    assert telling.done.endswith('WHERE "label" <> -200.')
    assert not found(rows, "label outliers")


def test_a_label_that_was_cut_off_is_told():
    cut = np.minimum(np.random.default_rng(2).exponential(10, ROWS), 25.0)
    (telling,) = found(table(label=cut), "label ceiling")
    assert "greatest value, 25" in telling.message
    assert not found(table(label=np.random.default_rng(2).exponential(10, ROWS)), "label ceiling")


@pytest.mark.parametrize(
    ("name", "values", "first"),
    [
        ("ymd", [20200101 + n % 12 * 100 + n % 28 for n in range(ROWS)], "2020-01-01 00:00:00"),
        ("month", [202001 + n % 12 + n % 3 * 100 for n in range(ROWS)], "2020-01-01 00:00:00"),
        ("created_at", [1_600_000_000 + n * 7919 for n in range(ROWS)], "2020-09-13 12:26:40"),
        ("일시", [1_600_000_000_000 + n * 7919 for n in range(ROWS)], "2020-09-13 12:26:40"),
    ],
)
def test_a_date_in_a_number_is_told_with_the_sql_that_reads_it(name, values, first):
    rows = table(**{name: values})
    (telling,) = found(rows, "date in a number")
    assert str(read(rows, telling.done.partition(": ")[2].rstrip("."))[0]) == first


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("price", [1_600_000_000 + n * 7919 for n in range(ROWS)]),
        ("ymd", [20200101 + n * 7 for n in range(ROWS)]),
        ("year", [1990 + n % 30 for n in range(ROWS)]),
        ("ymd", [20200101.5 + n for n in range(ROWS)]),
    ],
)
def test_other_numbers_are_no_dates(name, values):
    assert not found(table(**{name: values}), "date in a number")


def test_columns_that_say_the_same_in_other_words_are_told():
    level = np.arange(ROWS) * 7 % 5
    rows = table(level=level, name=[f"n{n}" for n in level], other=(level + (np.arange(ROWS) == 9)) % 5)
    (telling,) = found(rows, "same in other words")
    assert telling.columns == ("name", "level")


def test_of_hundreds_of_columns_of_few_values_those_that_say_the_same_are_found_at_once():
    random = np.random.default_rng(8)
    answers = random.integers(1, 6, (400, 20_000))
    columns = {f"q{number}": row.astype(float) for number, row in enumerate(answers)}
    columns["again"] = 6.0 - columns["q399"]
    rows = pa.table(columns)
    nowhere = np.zeros(rows.num_rows, np.bool_)
    target = random.normal(size=rows.num_rows)
    data = TrainingData(rows, features_of(rows), target, nowhere, None, (), Task.REGRESSION, 1, 1)
    sample = Sample(data, "label")
    assert sample.numbers
    began = time.process_time()
    (telling,) = likeness_findings(sample)
    # Each pair of them is 80,000 looks at as many rows as are looked at: a minute and more.
    assert time.process_time() - began < 5
    assert telling.columns == ("again", "q399")


def test_many_stand_ins_are_told_as_one_and_the_label_by_itself():
    rows = table(label=np.array(every_tenth(VALUES, -200.0)))
    for number in range(12):
        rows = rows.append_column(f"s{number}", pa.array(every_tenth(np.roll(VALUES, number), -200.0)))
    (telling,) = found(rows, "stand-in for missing")
    assert len(telling.columns) == 12
    assert telling.done.endswith('nullif("s0", -200) AS "s0". The same goes for the others.')
    assert found(rows, "label stand-in")


def test_of_many_rows_all_that_have_a_stand_in_are_counted():
    rows = pa.concat_tables(
        [table(s=every_tenth(VALUES, -200.0), job=every_tenth([f"j{n % 7}" for n in range(ROWS)], "?"))] * 50
    )
    assert [f"in {50 * 60:,} rows (10.0 %)" in each.message for each in found(rows, "stand-in for missing")] == [
        True
    ] * 2
