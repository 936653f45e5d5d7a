"""AutoGluon as the engine of a search: a process of its own, whose trees become one model. A stand-in fits here."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pytest

from penstock.core.errors import Cancelled, InvalidOption, MissingExtra, UntrainableModel
from penstock.learn.artifact import load_model
from penstock.learn.automl.autogluon_search import autogluon_search
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import winners
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.search import Search
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.preparation import prepare
from penstock.learn.registry import learner_of
from penstock.learn.shared_options import option_specs
from penstock.learn.tree_graph import Link

STAND_IN = Path(__file__).parent / "stand_in"
PROCESS = "penstock.learn.automl.autogluon_process"
OPTIONS = {"engine": "autogluon", "derived_features": False, "budget_seconds": 240, "optimize": "QUALITY"}
# Of each family one.
FAMILIES = 3


@pytest.fixture
def stand_in(monkeypatch):
    """Put the stand-in where AutoGluon would be; say what it does otherwise."""
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))

    def does(what):
        monkeypatch.setenv("STAND_IN", what)

    return does


def table(kind, rows=240, rare=12):
    """Numbers with gaps and infinities, Korean words, a column with one value; of three classes one has few rows."""
    random = np.random.default_rng(2)
    numbers = random.normal(size=(rows, 2))
    numbers[random.random((rows, 2)) < 0.1] = np.nan
    signal = np.nan_to_num(numbers[:, 0]) + np.nan_to_num(numbers[:, 1]) ** 2 + 0.3 * random.normal(size=rows)
    numbers[:3, 0] = np.inf, -np.inf, 1e39
    words = random.choice(["서울", "부산", None], rows)
    signal = signal + (words == "서울")
    label = {"regression": signal, "binary": np.where(signal > 1, "예", "아니오")}
    if kind not in label:
        label[kind] = np.where(signal > 1.5, "c", "b")
        label[kind][:rare] = "a"
    columns = {"a": numbers[:, 0], "b": numbers[:, 1], "word": pa.array(words.tolist()), "same": np.zeros(rows)}
    return pa.table({**columns, "label": label[kind]})


def search_of(stopped=lambda: False, progress=lambda *_: None):
    learner = learner_of("automl_regressor")
    options = {spec.name: spec.default for spec in option_specs(learner)} | {"input_label_cols": ["label"]}
    options = {"class_weights": None, "auto_class_weights": False, **options}
    data = prepare(table("regression"), learner, options, 1, 1).data
    folds = folds_of(data, "K_FOLD", None)
    assert len(folds) == 20
    budget = Budget(300, reserve=0.0, stopped=stopped)
    metric = metric_of(data.task, None, 0)
    return Search(data, TreeRows(data, folds), folds, metric, budget, progress, Link.IDENTITY)


def is_alone():
    return not [child for child in psutil.Process().children(recursive=True) if PROCESS in " ".join(child.cmdline())]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "rows", "folds"),
    [
        ("regression", 240, {"validation": "GROUPED", "validation_col": "turn"}),
        ("binary", 240, {}),
        ("multiclass", 240, {"validation": "TIME", "validation_col": "turn"}),
    ],
    ids=["groups", "drawn folds", "later rows"],
)
def test_its_members_are_one_model_that_says_what_they_say(trained, stand_in, kind, rows, folds):
    model_type = "automl_regressor" if kind == "regression" else "automl_classifier"
    given = table(kind, rows)
    if folds:
        given = given.append_column("turn", pa.array(np.arange(rows) % 3))
    kept = trained(given, model_type=model_type, max_candidates=FAMILIES, **folds, **OPTIONS)
    report = kept.manifest.details["search"]
    assert report["engine"]["version"] == "0.0.stand-in"
    assert report["engine"]["difference"] < 1e-6
    members = {row["name"]: row["weight"] for row in report["leaderboard"]}
    assert members == pytest.approx({"GBM_BAG_L1": 1 / 3, "CAT_BAG_L1": 1 / 3, "XGB_BAG_L1": 1 / 3})
    scores = load_model(kept.files, None).score(given)
    assert np.isfinite(scores).all()
    if kind == "regression":
        found = np.sqrt(kept.manifest.metrics["mean_squared_error"])
        assert found == pytest.approx(report["engine"]["ensemble_score"], rel=1e-6)


def test_a_class_of_one_row_is_left_to_those_who_take_it(trained, stand_in):
    rare = table("multiclass", 240, rare=1)
    kept = trained(rare, model_type="automl_classifier", max_candidates=FAMILIES, **OPTIONS)
    members = {row["name"]: row["skipped"] for row in kept.manifest.details["search"]["leaderboard"]}
    assert members.pop("GBM_BAG_L1") is None
    assert set(members) == {"CAT_BAG_L1", "XGB_BAG_L1"}
    assert members["XGB_BAG_L1"].startswith("ValueError: Invalid classes inferred")
    assert load_model(kept.files, None).score(rare).shape == (240, 3)


@pytest.mark.slow
def test_one_part_of_many_rows_judges_weighted(trained, stand_in, monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.fold.MOST_FOLDED_ROWS", 100)
    weighted = table("binary").append_column("weight", pa.array(np.linspace(0.5, 2.0, 240)))
    options = {"model_type": "automl_classifier", "max_candidates": FAMILIES, **OPTIONS}
    kept = trained(weighted, instance_weight_col="weight", **options)
    report = kept.manifest.details["search"]
    assert report["engine"]["difference"] < 1e-6
    assert {row["name"] for row in report["leaderboard"] if row["weight"]} == {"GBM", "CAT", "XGB"}


def test_a_member_that_says_something_else_than_its_trees_is_left_out(stand_in):
    stand_in("lies")
    _, found, told = autogluon_search(search_of(), FAMILIES)
    assert [tried.candidate.name for tried in found.tried] == ["GBM_BAG_L1", "CAT_BAG_L1"]
    assert "differs from AutoGluon's answers" in found.skipped[0].reason
    np.testing.assert_allclose(found.weights, [0.5, 0.5])
    assert told["difference"] < 1e-6


def test_the_first_candidates_are_those_that_it_puts_first(stand_in):
    search, found, _ = autogluon_search(search_of(), 2)
    assert [tried.candidate.name for tried in found.tried] == ["GBM_BAG_L1", "CAT_BAG_L1"]
    # Folds of few rows are drawn several times over, but not for AutoGluon.
    assert len(search.folds) == len(found.tried[0].folds) == 5


def test_a_search_that_is_stopped_has_the_models_that_were_ready_and_the_process_has_ended(stand_in):
    stand_in("waits")
    notes: list[str] = []
    search = search_of(lambda: "1 so far" in "".join(notes), lambda done, whole, note: notes.append(note))
    _, found, told = autogluon_search(search, None)
    assert found.interrupted
    assert [tried.candidate.name for tried in found.tried] == ["GBM_BAG_L1"]
    assert told["ensemble_score"] is None
    assert is_alone()


def test_a_time_that_is_over_before_the_first_model_is_told(stand_in):
    stand_in("sleeps")
    search = search_of()
    times = itertools.chain([0.0] * 20, itertools.repeat(1_000.0))
    search.budget = Budget(300, reserve=0.0, clock=lambda: next(times))
    with pytest.raises(UntrainableModel, match=r"no model when its time was over \(300 s in all\)"):
        autogluon_search(search, None)
    assert is_alone()


def test_who_stops_the_training_ends_the_process(stand_in):
    stand_in("sleeps")

    def stops(*_):
        raise Cancelled.of("Stopped.")

    with pytest.raises(Cancelled):
        autogluon_search(search_of(progress=stops), None)
    assert is_alone()


def test_what_autogluon_stumbles_over_is_told(stand_in):
    stand_in("fails")
    with pytest.raises(UntrainableModel, match="AutoGluon fitted no model: ValueError: the table is not to its taste"):
        autogluon_search(search_of(), None)


def test_the_process_ends_with_the_one_that_started_it(stand_in, tmp_path):
    stand_in("sleeps")
    (tmp_path / "asked.json").write_text(
        json.dumps({"problem": "regression", "metric": "log_loss", "until": 9e9, "threads": 1, "seed": 1, "most": None})
    )
    for name, values in {"matrix": np.zeros((2, 1)), "target": np.zeros(2), "folds": np.eye(2, dtype=np.int8)}.items():
        np.save(tmp_path / f"{name}.npy", values)
    command = [sys.executable, "-P", "-m", PROCESS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 1


def test_without_autogluon_the_extra_is_named(trained, monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.autogluon_search.find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as caught:
        trained(table("regression"), model_type="automl_regressor", **OPTIONS)
    assert caught.value.diagnostics[0].hint == "Install it with: pip install 'penstock[autogluon]'."


def test_it_has_no_model_that_is_interpretable(trained):
    with pytest.raises(InvalidOption, match="exclude each other: its trees read many features"):
        trained(table("regression"), model_type="automl_regressor", interpretable=True, **OPTIONS)


def test_the_next_search_of_another_engine_tries_none_of_its_candidates():
    row = {"name": "LightGBM_BAG_L1", "family": "autogluon", "values": {}, "weight": 1.0}
    assert winners([row]) == ()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("autogluon") is None, reason="AutoGluon comes with the extra autogluon")
@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_autogluon_itself_is_read(trained, kind):
    model_type = "automl_regressor" if kind == "regression" else "automl_classifier"
    given = table(kind).append_column("turn", pa.array(np.arange(240) % 3))
    turns = {"validation": "GROUPED", "validation_col": "turn"}
    kept = trained(given, model_type=model_type, max_candidates=4, **turns, **OPTIONS)
    report = kept.manifest.details["search"]
    assert report["engine"]["difference"] < 1e-6
    assert report["engine"]["ensemble_score"] is not None
    assert {row["name"] for row in report["leaderboard"]} >= {"LightGBM_BAG_L1", "CatBoost_BAG_L1", "XGBoost_BAG_L1"}
