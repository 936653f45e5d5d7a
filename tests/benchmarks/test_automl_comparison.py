"""The comparison of AutoML: places and scores are right, splits hold, and a toy folder goes all the way."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.automl import set_lines, summary_lines
from benchmarks.automl_peer import ENDED, Outcome, naive, over
from benchmarks.automl_peers import penstock as penstock_peer
from benchmarks.automl_peers.trial import Trial
from benchmarks.automl_score import DRAWINGS, drawings, gaps, ranks, scores, shared_ranks
from benchmarks.automl_set import HERE, Parted, find_sets, part, read_set
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.settings import read_settings

ROOT = Path(__file__).parents[2]


def _folder(path: Path, said: str, rows: pa.Table | None = None) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "toy.toml").write_text(said, encoding="utf-8")
    if rows is not None:
        pq.write_table(rows, path / "toy.parquet")
    return path


def _parted(path: Path, said: str, rows: pa.Table, seed: int = 0) -> Parted:
    (data,) = find_sets(_folder(path, said, rows))
    return part(data, path / "parted", seed)


def _halves(parted: Parted, name: str) -> tuple[list[int], list[int]]:
    train, test = (pq.read_table(half).column(name).to_pylist() for half in (parted.train, parted.test))
    return train, test


@pytest.mark.parametrize(
    ("found", "greater", "places"),
    [
        ({"a": 0.9, "b": 0.8, "c": 0.85}, True, {"a": 1, "b": 3, "c": 2}),
        ({"a": 0.9, "b": 0.8, "c": 0.85}, False, {"a": 3, "b": 1, "c": 2}),
        ({"a": 0.9, "b": 0.9, "c": 0.5}, True, {"a": 1.5, "b": 1.5, "c": 3}),
        ({"a": None, "b": 0.1, "c": None}, False, {"a": 2.5, "b": 1, "c": 2.5}),
    ],
)
def test_equals_share_a_place_and_who_failed_is_last(
    found: dict[str, float | None], greater: bool, places: dict[str, float]
) -> None:
    assert ranks(found, greater) == places


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3).map(float)), min_size=1, max_size=8), st.booleans())
def test_places_always_sum_to_the_same(values: list[float | None], greater: bool) -> None:
    placed = ranks({str(place): value for place, value in enumerate(values)}, greater)
    assert sum(placed.values()) == pytest.approx(len(values) * (len(values) + 1) / 2)


def test_a_gap_is_a_share_of_the_best() -> None:
    assert gaps({"a": 0.8, "b": 0.6, "c": None}, greater=True) == {"a": 0.0, "b": pytest.approx(0.25), "c": None}
    assert gaps({"a": 10.0, "b": 15.0}, greater=False) == {"a": 0.0, "b": pytest.approx(0.5)}


def test_scores_of_known_answers() -> None:
    told = np.array([[0.9, 0.1], [0.4, 0.6], [0.65, 0.35], [0.2, 0.8]])
    found = scores("binary", np.array([0, 0, 1, 1]), told, 2)
    # Of the four pairs of an outcome and none, three are in order.
    assert found["roc_auc"] == pytest.approx(0.75)
    assert found["accuracy"] == 0.5
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.35, 0.8]).mean())
    # Precision when the first and the second of the outcomes is reached: 1 of 1, 2 of 3.
    assert found["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert scores("regression", np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0]), 0) == {
        "rmse": pytest.approx(np.sqrt(5 / 3)),
        "mae": pytest.approx(1.0),
        "r2": pytest.approx(1 - 5 / 14),
    }


def test_a_class_that_was_ruled_out_costs_much_but_not_everything() -> None:
    found = scores("multiclass", np.array([0, 2]), np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), 3)
    assert found["log_loss"] == pytest.approx(-np.log(1e-7) / 2, rel=1e-3)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([[0.5, 0.5]], "shape"),
        ([[0.5, 0.5], [0.7, 0.7]], "sum to 1"),
        ([[1.5, -0.5], [0.5, 0.5]], "sum to 1"),
        ([[np.nan, 0.5], [0.5, 0.5]], "not finite"),
    ],
)
def test_what_is_no_answer_is_no_score(told: list[list[float]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        scores("binary", np.array([0, 1]), np.array(told), 2)


def test_random_parts_keep_the_share_of_each_class_and_no_row_twice(tmp_path: Path) -> None:
    rows = pa.table({"id": range(100), "y": ["yes"] * 20 + ["no"] * 80})
    said = 'label = "y"\ntask = "binary"'
    parted = _parted(tmp_path / "a", said, rows)
    assert sorted(itertools.chain(*_halves(parted, "id"))) == list(range(100))
    assert pq.read_table(parted.truth).column("y").to_pylist().count("yes") == 5
    assert parted.rows == (75, 25)
    assert "y" not in pq.read_schema(parted.test).names
    assert parted.digest == _parted(tmp_path / "b", said, rows).digest
    assert parted.digest != _parted(tmp_path / "c", said, rows, seed=1).digest


@pytest.mark.parametrize("split", ["random", "time", "group"])
def test_the_order_that_a_query_gives_rows_in_changes_no_split(tmp_path: Path, split: str) -> None:
    rows = pa.table({"day": [i // 3 for i in range(60)], "word": ["x", None, "y"] * 20, "y": ["a", "b"] * 30})
    said = f'label = "y"\ntask = "binary"\nsplit = "{split}"' + ('\nby = "day"' if split != "random" else "")
    backwards = rows.take(list(range(59, -1, -1)))
    assert _parted(tmp_path / "a", said, rows).digest == _parted(tmp_path / "b", said, backwards).digest


def test_later_rows_judge_and_those_of_one_moment_stay_together(tmp_path: Path) -> None:
    rows = pa.table({"day": [3, 1, 2, 3, 3, 1, 2, 1], "y": [float(i) for i in range(8)]})
    by_time = _parted(tmp_path / "a", 'label = "y"\ntask = "regression"\nsplit = "time"\nby = "day"', rows)
    assert _halves(by_time, "day") == ([1, 1, 1, 2, 2], [3, 3, 3])
    in_order = _parted(tmp_path / "b", 'label = "y"\ntask = "regression"\nsplit = "order"', rows)
    assert pq.read_table(in_order.truth).column("y").to_pylist() == [6.0, 7.0]


def test_a_group_is_on_one_side_and_dropped_columns_reach_nobody(tmp_path: Path) -> None:
    rows = pa.table({"unit": [i // 5 for i in range(40)], "key": range(40), "y": [0.5] * 40})
    said = 'label = "y"\ntask = "regression"\nsplit = "group"\nby = "unit"\ndrop = ["key"]'
    parted = _parted(tmp_path, said, rows)
    train, test = _halves(parted, "unit")
    assert len(set(test)) == 2
    assert not set(train) & set(test)
    assert parted.columns == 1


def test_rows_that_nobody_can_be_judged_by_are_left_out_and_told(tmp_path: Path) -> None:
    rows = pa.table({"x": range(8), "y": ["a", "b", "a", None, "b", "a", "c", "a"]})
    parted = _parted(tmp_path, 'label = "y"\ntask = "multiclass"\nsplit = "order"', rows)
    assert parted.classes == ("a", "b")
    assert parted.rows == (5, 1)
    assert len(parted.remarks) == 2


def test_the_naive_guess_is_that_of_the_rows_to_learn_from(tmp_path: Path) -> None:
    rows = pa.table({"x": range(8), "y": [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 6.0]})
    parted = _parted(tmp_path / "a", 'label = "y"\ntask = "regression"\nsplit = "order"', rows)
    assert naive(parted)["mae"] == pytest.approx(3.0)
    rows = pa.table({"x": range(8), "y": ["b", "a", "b", "c", "b", "c", "a", "c"]})
    parted = _parted(tmp_path / "b", 'label = "y"\ntask = "multiclass"\nsplit = "order"', rows)
    assert naive(parted)["log_loss"] == pytest.approx(-(np.log(1 / 6) + np.log(2 / 6)) / 2)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('label = "y"', "task must be one of"),
        ('task = "binary"\nrows = "SELECT 1"', "label is not said"),
        ('label = "y"\ntask = "binary"\nrows = "SELECT 1"\nsplitt = "time"', "'splitt' is not read"),
        ('label = "y"\ntask = "binary"\nrows = "SELECT 1"\nsplit = "time"', "name a column in `by`"),
        ('label = "y"\ntask = "binary"\nrows = "SELECT 1"\nmetric = "rmse"', "no metric 'rmse'"),
        ('label = "y"\ntask = "binary"', "0 tables stand beside"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, said: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_set(_folder(tmp_path, said) / "toy.toml")


def test_a_folder_of_one_table_names_its_set(tmp_path: Path) -> None:
    folder = tmp_path / "sales"
    folder.mkdir()
    (folder / "SET.toml").write_text('label = "y"\ntask = "regression"')
    (folder / "march.csv").write_text("x,y\n1,2\n")
    (data,) = find_sets(tmp_path)
    assert (data.name, data.rows) == ("sales", f"SELECT * FROM '{folder / 'march.csv'}'")


def test_the_sets_that_come_along_can_be_read() -> None:
    names = [data.name for data in find_sets(HERE)]
    assert len(names) == len(set(names)) >= 15


def _outcome(peer: str, data: str, score: float | None, seconds: float = 50.0) -> Outcome:
    said = {"fit_seconds": seconds, "thousand_ms": 12.0, "one_row_ms": 1.5, "size_bytes": 2_000_000}
    if score is None:
        return Outcome(peer, data, problem="it fell over")
    return Outcome(peer, data, {"rmse": score, "mae": score, "r2": 0.5}, said, seconds + 9, 300_000_000)


@pytest.mark.parametrize(
    ("seconds", "budget", "late"), [(62.9, 60, 0.0), (63.5, 60, 3.5), (250.0, 240, 0.0), (253.0, 240, 13.0)]
)
def test_a_budget_is_exceeded_by_more_than_a_twentieth_or_three_seconds(
    seconds: float, budget: int, late: float
) -> None:
    assert over(_outcome("a", "toy", 1.0, seconds), budget) == pytest.approx(late)


def test_the_tables_say_places_gaps_and_overruns(tmp_path: Path) -> None:
    rows = pa.table({"x": range(40), "y": [0.5] * 40})
    parted = _parted(tmp_path, 'label = "y"\ntask = "regression"', rows)
    first = [_outcome("a", "toy", 2.0), _outcome("b", "toy", 1.0, 70.0), _outcome("c", "toy", None)]
    second = [_outcome("a", "other", 1.0), _outcome("b", "other", 1.5), _outcome("c", "other", 1.1)]
    lines = set_lines(parted, first, 60)
    assert [line.split()[:5] for line in lines[2:]] == [
        ["a", "2", "2", "2", "100.00%"],
        ["b", "1", "1", "1", "0.00%"],
        ["c", "3", "3", "–", "it"],
    ]
    assert "10.0 s" in lines[3]
    metrics = {"toy": "rmse", "other": "rmse"}
    total = [line.split() for line in summary_lines({"toy": first, "other": second}, metrics, 60)[2:]]
    # Peer, mean rank, mean shared rank, first places, gap, failures, overruns.
    assert [line[:7] for line in total] == [
        ["a", "1.50", "1.50", "1", "50.00%", "0", "0"],
        ["b", "2.00", "2.00", "1", "25.00%", "0", "1"],
        ["c", "2.50", "2.50", "0", "10.00%", "1", "0"],
    ]


def test_a_peer_that_had_to_be_ended_is_over_its_budget_and_one_that_fell_is_not() -> None:
    ended = Outcome("a", "toy", seconds=360.0, problem=f"{ENDED}: it said nothing")
    assert over(ended, 60) == 300.0
    assert over(Outcome("a", "toy", seconds=360.0, problem="ended with 1: MemoryError"), 60) == 0.0


def test_whom_chance_may_part_share_a_place_and_others_do_not() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=400)
    told = {name: truth + random.normal(scale=scale, size=400) for name, scale in (("a", 1.0), ("b", 1.01), ("c", 3.0))}
    drawn = {name: drawings("rmse", truth, each) for name, each in told.items()}
    found = {name: scores("regression", truth, each, 0)["rmse"] for name, each in told.items()}
    assert sorted(ranks(found, greater=False).values()) == [1, 2, 3]
    assert shared_ranks(found, drawn, greater=False) == {"a": 1.5, "b": 1.5, "c": 3}
    # Without drawings, as of an older result, it is the plain one.
    assert shared_ranks(found, {}, greater=False) == ranks(found, greater=False)


def test_drawings_are_of_the_same_rows_for_everybody() -> None:
    truth = (np.arange(50) % 2).astype(np.int64)
    told = np.column_stack([np.full(50, 0.4), np.full(50, 0.6)])
    turned = [1 - each for each in drawings("accuracy", 1 - truth, told)]
    assert drawings("accuracy", truth, told) == pytest.approx(turned)
    assert len(drawings("roc_auc", truth, told)) == DRAWINGS


def test_penstock_is_told_how_many_cores_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pa.table({"x": [float(at) for at in range(40)], "y": [at * 2.0 for at in range(40)]})
    pq.write_table(rows, tmp_path / "train.parquet")
    trial = Trial(tmp_path / "train.parquet", "y", "regression", "rmse", (), 10, 0, 1, "", tmp_path)
    monkeypatch.setattr(penstock_peer, "_options", lambda *_: "model_type = 'linear_reg', input_label_cols = ['y']")
    penstock_peer.fit(trial)
    assert read_settings(tmp_path).threads == 1


@pytest.mark.slow
def test_a_toy_folder_goes_all_the_way(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    x, word = random.normal(size=400), random.choice(["하나", "둘", "a 'b'"], 400)
    y = np.where(x + (word == "둘") + random.normal(scale=0.3, size=400) > 0.5, "yes", "no")
    rows = pa.table({"x": pa.array(x, mask=random.uniform(size=400) < 0.1), "word": word, "it's": word == "둘", "y": y})
    sets = _folder(tmp_path / "sets", 'label = "y"\ntask = "binary"', rows)
    command = [sys.executable, "-m", "benchmarks", "automl", "--here", "--budget", "10", "--peers", "lightgbm,penstock"]
    ended = subprocess.run(
        [*command, "--sets", str(sets), "--cache", str(tmp_path / "cache")],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    trials = json.loads((tmp_path / "cache" / "results.json").read_text(encoding="utf-8"))["trials"]
    found = {trial["peer"]: trial for trial in trials.values()}
    for peer in ("lightgbm", "penstock"):
        assert found[peer]["problem"] is None
        assert 0.9 < found[peer]["scores"]["roc_auc"] < 1
        assert found[peer]["peak_bytes"] > 50e6
        assert found[peer]["said"]["one_row_ms"] > 0
        assert found[peer]["said"]["size_bytes"] > 1000
    assert "1 sets, 10 s each" in ended.stdout
