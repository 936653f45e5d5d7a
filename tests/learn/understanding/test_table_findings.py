"""What is found about made tables: each thing that is wrong by itself, and nothing where nothing is."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UnknownName
from penstock.learn.feature_column import features_of
from penstock.learn.leakage import looked_at
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.understanding.described import findings_about
from penstock.learn.understanding.survey import Question, findings_of

ROWS = 600
RANDOM = np.random.default_rng(7)


def table(**columns):
    random = np.random.default_rng(3)
    x = random.normal(size=ROWS)
    label = np.where(x + random.normal(size=ROWS) > 0, "yes", "no")
    rest = {"x": x, "c": [f"c{n % 7}" for n in range(ROWS)], "label": label}
    return pa.table({**rest, **columns})


def findings(rows, label="label"):
    return findings_about(rows, label, seed=1, threads=1)


def kinds(rows, label="label"):
    return {(each.kind, each.columns) for each in findings(rows, label) if each.kind != "label"}


def only(rows, kind, label="label"):
    (found,) = [each for each in findings(rows, label) if each.kind == kind]
    return found


def test_of_an_honest_table_only_the_label_is_told():
    assert [each.kind for each in findings(table())] == ["label"]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_table_gives_the_same_findings(threads):
    rows = table(id=[f"k{n}" for n in range(ROWS)])
    assert findings_about(rows, "label", seed=1, threads=threads) == findings(rows)


def test_what_says_nothing_is_left_out():
    rows = table(
        one=[1] * ROWS,
        같음=["x"] * ROWS,
        none=pa.nulls(ROWS),
        blank=["  "] * ROWS,
        nan=[np.nan] * ROWS,
        twin=table()["x"],
    )
    found = {each.columns[0]: each for each in findings(rows) if each.drops}
    assert {name: each.kind for name, each in found.items()} == {
        "one": "constant",
        "같음": "constant",
        "none": "empty column",
        "blank": "empty column",
        "nan": "empty column",
        "twin": "copy",
    }
    assert "'x'" in found["twin"].message


def test_a_value_and_nothing_beside_it_is_no_constant():
    assert not [each for each in findings(table(some=[1, None] * (ROWS // 2))) if each.kind == "constant"]


@pytest.mark.parametrize(
    "values",
    [
        [f"7590-{n:05}" for n in range(ROWS)],
        list(range(10_000, 10_000 + ROWS)),
        [n * 7919 % 1_000_003 for n in range(ROWS)],
    ],
)
def test_a_name_of_rows_is_left_out(values):
    found = only(table(customerID=values), "identifier")
    assert found.drops
    assert f"{ROWS} different values" in found.message


def test_an_amount_that_differs_from_row_to_row_is_no_name():
    rows = table(amount=[n * 7919 % 1_000_003 for n in range(ROWS)])
    assert not [each for each in findings(rows) if each.kind == "identifier"]


def test_a_name_that_several_rows_share_is_a_group():
    assert only(table(customer_id=[n // 6 for n in range(ROWS)]), "group").columns == ("customer_id",)


def test_digits_that_are_called_a_number_name_things_and_measure_nothing():
    rows = table(
        InvoiceNo=[f"{536_000 + n // 6}" if n % 50 else f"C{n}" for n in range(ROWS)],
        CustomerID=[float(n // 10) if n % 7 else None for n in range(ROWS)],
        amount=[f"{n * 31 % 400}" for n in range(ROWS)],
    )
    assert kinds(rows) == {
        ("group", ("InvoiceNo",)),
        ("group", ("CustomerID",)),
        ("number in a text", ("amount",)),
    }


def test_a_feature_filled_only_for_one_outcome_is_known_after_the_event():
    label = table()["label"].to_pylist()
    reason = [f"r{n % 3}" if word == "yes" and n % 2 else None for n, word in enumerate(label)]
    found = only(table(reason=reason), "known after the event")
    assert found.columns == ("reason",)
    assert "'yes'" in found.message
    assert not found.drops
    of_all = [f"r{n % 3}" if n % 2 else None for n in range(ROWS)]
    assert not [each for each in findings(table(reason=of_all)) if each.kind == "known after the event"]


def test_an_amount_that_is_0_but_for_one_outcome_is_known_after_the_event():
    label = table()["label"].to_pylist()
    refund = [float(n % 40 + 1) if word == "yes" and n % 2 else 0.0 for n, word in enumerate(label)]
    assert "'refund' is not 0 in" in only(table(refund=refund), "known after the event").message
    rare = [float(n % 40 + 1) if word == "yes" and n % 8 == 1 else 0.0 for n, word in enumerate(label)]
    flag = [int(value > 0) for value in refund]
    honest = [float(n % 40) if n % 2 else 0.0 for n in range(ROWS)]
    for column in (rare, flag, honest):
        assert not [each for each in findings(table(column=column)) if each.kind == "known after the event"]


def test_a_leak_is_told_and_kept():
    label = table()["label"].to_pylist()
    found = only(table(leak=[word.upper() for word in label]), "leakage")
    assert not found.drops
    assert "drop_leaks" in found.done


def test_copies_of_rows_are_counted_and_those_that_disagree():
    rows = table()
    more = pa.concat_tables([rows, rows.slice(0, 50)])
    found = only(more, "duplicate rows")
    assert found.message.startswith("50 rows (7.7 %) repeat the features of another row.")
    flipped = rows.slice(0, 10).set_column(2, "label", pa.array(["maybe"] * 10))
    assert "20 rows have copies with another label" in only(pa.concat_tables([rows, flipped]), "duplicate rows").message


def test_a_table_of_few_possible_rows_is_not_told_to_repeat_itself():
    rows = pa.table({"c": [n % 3 for n in range(ROWS)], "label": [n % 2 for n in range(ROWS)]})
    assert not [each for each in findings(rows) if each.kind == "duplicate rows"]


def test_what_moves_with_the_time_is_told_and_the_time_itself_is_not():
    days = pa.array(np.arange(ROWS), pa.int32()).cast(pa.date32())
    moved = np.random.default_rng(1).normal(size=ROWS) + np.linspace(0, 3, ROWS)
    found = only(table(day=days, moved=moved, count=np.arange(ROWS) * 1.5), "drift")
    assert found.columns == ("moved",)
    assert "validation_col = 'day'" in found.done
    assert not [each for each in findings(table(day=days)) if "drift" in each.kind]


def test_where_candidates_are_judged_by_what_came_later_that_is_said():
    rows = table(moved=np.linspace(0, 3, ROWS) + np.random.default_rng(1).normal(size=ROWS)).drop_columns(["label"])
    target = np.arange(ROWS) % 2 * 1.0
    held_out = np.zeros(ROWS, bool)
    data = TrainingData(rows, features_of(rows), target, held_out, None, ("a", "b"), Task.CLASSIFICATION, 1, 1)
    times = pa.chunked_array([pa.array([f"{n:04}" for n in range(ROWS)])])
    found = {each.kind: each for each in findings_of(Question(data, "label", time="when", times=times))}
    assert found["drift"].columns == ("moved",)
    assert found["drift"].message.startswith("By 'when'")
    assert found["drift"].done == "Kept. Candidates are judged by what came later."


def test_a_label_that_moves_with_the_time_is_told():
    days = pa.array(np.arange(ROWS), pa.int32()).cast(pa.date32())
    label = np.random.default_rng(1).normal(size=ROWS) + np.linspace(0, 3, ROWS)
    assert only(table(day=days, label=label), "label drift").columns == ("label",)


def test_rare_classes_are_told_by_how_rare_they_are():
    label = ["a"] * (ROWS - 5) + ["b"] * 5
    assert only(table(label=label), "imbalance").severity == "warning"
    assert only(table(label=["a"] * (ROWS - 30) + ["b"] * 30), "imbalance").severity == "info"


def test_a_number_far_out_is_told_with_its_share_of_the_error():
    label = np.random.default_rng(1).normal(size=ROWS)
    label[7] = 1000.0
    found = only(table(label=label), "label outliers")
    assert found.severity == "warning"
    assert found.message.startswith("1 row of 'label' lies more than 10 interquartile ranges out, up to 1,000")


def test_a_number_of_few_values_is_learned_as_classes_and_many_as_a_number():
    assert "2 classes" in findings(table(label=[0, 1] * (ROWS // 2)))[0].message
    assert "is a number" in findings(table(label=[float(n) / 7 for n in range(ROWS)]))[0].message


def test_rows_without_a_label_are_refused_and_the_others_are_looked_at():
    label = [None if n < 3 else word for n, word in enumerate(table()["label"].to_pylist())]
    first, *others = findings(table(label=label))
    assert first.severity == "error"
    assert "no value in 3 rows of 600" in first.message
    assert others


def test_a_label_that_is_not_there_names_the_nearest():
    with pytest.raises(UnknownName, match="label"):
        findings(table(), "lable")


def test_missing_values_are_told_from_three_rows_of_ten_on():
    assert only(table(gap=[1.5 * n if n % 2 else None for n in range(ROWS)]), "missing values").severity == "info"
    assert (
        only(table(gap=[1.5 * n if n % 50 == 0 else None for n in range(ROWS)]), "missing values").severity == "warning"
    )
    assert not [
        each for each in findings(table(gap=[1.5 * n if n % 5 else None for n in range(ROWS)])) if each.kind != "label"
    ]


def test_many_findings_of_a_kind_are_one():
    found = only(table(**{f"one_{n}": [n] * ROWS for n in range(30)}), "constant")
    assert len(found.columns) == 30
    assert found.drops


def test_coordinates_are_told_by_name_and_range():
    rows = table(위도=RANDOM.uniform(33, 38, ROWS), 경도=RANDOM.uniform(126, 129, ROWS))
    assert only(rows, "coordinates").columns == ("위도", "경도")


ODD = {
    "no rows": pa.table({"x": pa.array([], pa.float64()), "label": pa.array([], pa.string())}),
    "one row": pa.table({"x": [1.0], "label": ["a"]}),
    "two rows": pa.table({"x": [1.0, 2.0], "label": ["a", "b"]}),
    "no features": pa.table({"label": ["a", "b"]}),
    "no label at all": pa.table({"x": [1.0, 2.0], "label": pa.nulls(2)}),
    "one class": pa.table({"x": [1.0, 2.0], "label": ["a", "a"]}),
    "all empty": pa.table({"x": pa.nulls(5), "label": [1.5, 2.5, 3.5, 4.5, 5.5]}),
    "no numbers": pa.table({"x": [np.nan, np.inf, -np.inf, None], "label": [1.0, np.nan, 3.5, 4.0]}),
    "decimals": pa.table({"x": [Decimal("1.50"), None, Decimal("2.50")], "label": [Decimal("0.10")] * 3}),
    "bytes": pa.table({"x": [b"a", b"b"], "y": [1, 2], "label": ["a", "b"]}),
    "lists": pa.table({"x": [["a"], None, []], "y": [[1.0, 2.0], None, [3.0, 4.0]], "label": ["a", "b", "a"]}),
    "lists of any length": pa.table({"x": [[1.0], [1.0, 2.0]], "label": ["a", "b"]}),
    "structs": pa.table({"x": [{"a": 1, "b": {"c": "d"}}, None], "label": [True, False]}),
    "words in a dictionary": pa.table(
        {"x": pa.array(["a", "b", None] * 9).dictionary_encode(), "label": [1, 2, 3] * 9}
    ),
    "many classes": pa.table({"x": list(range(1500)), "label": [f"k{n}" for n in range(1500)]}),
    "times of day": pa.table({"x": pa.array([1, 2], pa.time64("us")), "label": ["a", "b"]}),
    "times with a zone": pa.table({"x": pa.array([1, 2], pa.timestamp("us", "Asia/Seoul")), "label": ["a", "b"]}),
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD)
def test_of_an_odd_table_something_is_said(rows):
    found = findings(rows)
    assert found
    assert all(each.message and each.done.endswith((".", "?")) for each in found)


@pytest.mark.parametrize(
    ("kind", "texts", "made"),
    [
        ("list in a text", ["a|b", "b | c", "c", "a|c|b", "a|c", "b|a"], ["a", "b"]),
        ("JSON in a text", ['{"k": 7}', '{"k": 8, "it\'s": 1}'], "7"),
        ("JSON in a text", ["[1, 2]", "[3]"], ["1", "2"]),
        ("coordinates in a text", [f"(39.{n}, -76.6)" for n in range(1, 21)], 39.1),
        ("number in a text", [f"{n}.5 kg" for n in range(1, 31)], 1.5),
    ],
)
def test_the_query_that_is_advised_reads_what_is_in_a_text(kind, texts, made):
    rows = table(**{'a "b"': [texts[n % len(texts)] for n in range(ROWS)]})
    advice = only(rows, kind).done.partition(": ")[2].rstrip(".").removesuffix(", …")
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        assert connection.execute(f"SELECT {advice} FROM rows").fetchone()[0] == made


def test_what_is_no_number_among_numbers_is_counted_and_named():
    rows = table(amount=["N/A" if n % 6 == 0 else f"{n * 7919 % 499}.5" for n in range(ROWS)])
    assert "100 rows hold something else, such as 'N/A'" in only(rows, "number in a text").message


def asked(columns, target, left):
    rows = pa.table(columns)
    held_out = np.zeros(len(target), bool)
    data = TrainingData(rows, features_of(rows), target, held_out, None, (), Task.REGRESSION, 1, 1)
    return {each.kind: each for each in findings_of(Question(data, "label", left=left))}


def test_leaks_that_there_is_no_time_to_look_for_are_told():
    target = np.arange(200.0)
    leaking = {f"c{n}": np.random.default_rng(n).normal(size=200) for n in range(4)} | {"copy": target * 2}
    seconds = iter([2.0, 1.0, 0.0])
    found = asked(leaking, target, lambda: next(seconds))
    assert "leakage" not in found
    assert found["not looked at"].columns == ("c2", "c3", "copy")
    assert "in 3 of 5 columns, nor among several together" in found["not looked at"].message
    assert asked(leaking, target, lambda: 1e9)["leakage"].columns == ("copy",)


def test_several_columns_are_looked_at_together_only_where_there_is_time_for_a_line_through_all():
    parts = {f"c{n}": np.random.default_rng(n).normal(size=400) for n in range(3)}
    target = parts["c0"] + parts["c1"]
    found = asked(parts, target, lambda: 1e-9)
    assert "leakage" not in found
    assert "among several columns together" in found["not looked at"].message
    assert asked(parts, target, lambda: 1.0)["leakage"].columns == ("c0", "c1")


def test_of_very_many_columns_fewer_rows_are_looked_at():
    assert (looked_at(50_000, 10), looked_at(50_000, 1_000), looked_at(50_000, 90_000)) == (20_000, 10_000, 2_000)
    assert looked_at(300, 90_000) == 300


def test_a_column_that_no_model_takes_is_refused_with_sql_that_leaves_it_out():
    rows = table(m=pa.array([[[1], [2]]] * ROWS))
    found = only(rows, "type")
    advice = found.done.partition("with ")[2].partition(", or")[0]
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        assert connection.execute(f"{advice} FROM rows").to_arrow_table().column_names == ["x", "c", "label"]


def test_classes_of_few_rows_are_counted():
    label = ["a"] * (ROWS - 12) + ["b"] * 5 + ["c"] * 4 + ["d"] * 3
    assert "has 3 rows (0.5 %), 2 more have fewer than 10." in only(table(label=label), "imbalance").message
    label = ["a"] * (ROWS - 9) + ["b"] * 5 + ["c"] * 4
    assert "has 4 rows (0.7 %), 1 more has fewer than 10." in only(table(label=label), "imbalance").message


def test_short_texts_of_several_words_are_read_and_codes_are_left_out():
    foods, towns = ("맛집", "카페", "국밥", "냉면"), ("강남역", "홍대", "부산 서면")
    asked = [f"{towns[n % 3]} {foods[n % 4]} {chr(0xAC00 + n)}" for n in range(ROWS)]
    found = only(table(asked=asked), "free text")
    assert found.columns == ("asked",)
    assert not found.drops
    assert only(table(code=[f"ab-{n}" for n in range(ROWS)]), "identifier").drops
    # What is called a name of rows is one, whatever it is made of.
    assert only(table(customer_id=asked), "identifier").drops


def test_places_are_paired_by_what_else_their_names_say():
    random = np.random.default_rng(2)
    places = {name: random.uniform(30, 40, ROWS) for name in ("dropoff_lon", "pickup_lat", "pickup_lon", "dropoff_lat")}
    found = [each.columns for each in findings(table(**places)) if each.kind == "coordinates"]
    assert found == [("pickup_lat", "pickup_lon"), ("dropoff_lat", "dropoff_lon")]
    assert not [
        each
        for each in findings(table(start_lat=places["pickup_lat"], end_lon=places["pickup_lon"]))
        if each.kind == "coordinates"
    ]


def test_dates_that_could_be_read_two_ways_are_told():
    both = [f"{n % 12 + 1:02}/{n % 11 + 2:02}/2024" for n in range(ROWS)]
    assert "could be the other way round" in only(table(day=both), "date in a text").done
    clear = [f"{n % 12 + 1:02}/{n % 28 + 1:02}/2024" for n in range(ROWS)]
    assert "other way round" not in only(table(day=clear), "date in a text").done
