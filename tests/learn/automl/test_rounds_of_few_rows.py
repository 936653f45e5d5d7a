"""Of few rows, those that judge a fold's trees do not choose how many there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.automl import tree_candidate
from penstock.learn.automl.candidate import CATBOOST, PORTFOLIO, TREES
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.oblivious_candidate import grown_by_catboost
from penstock.learn.automl.search import all_settled
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows, settled
from penstock.learn.booster import read_booster
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.metrics import roc_auc
from penstock.learn.schema import Task

BY_FAMILY = {family: next(each for each in PORTFOLIO if each.family == family).values for family in (TREES, CATBOOST)}
AUC = metric_of(Task.CLASSIFICATION, None, 2)


def rows_of(target: np.ndarray, seed: int = 0) -> tuple[TreeRows, TrainingData]:
    random = np.random.default_rng(seed)
    columns = pa.table({f"c{place}": random.normal(size=len(target)) for place in range(6)})
    nowhere = np.zeros(len(target), np.bool_)
    data = TrainingData(columns, features_of(columns), target, nowhere, None, (0, 1), Task.CLASSIFICATION, 1, 1)
    return TreeRows(data, folds_of(data, "K_FOLD", None)[:5]), data


def grown(rows: TreeRows, family: str) -> list[GrownTrees]:
    grow = grown_by_catboost if family == CATBOOST else TreeRows.grown
    return [grow(rows, fold, BY_FAMILY[family], AUC, 1, lambda: True) for fold in range(5)]


@pytest.mark.parametrize("family", [TREES, CATBOOST])
def test_a_folds_rounds_are_those_that_the_others_found_best(family):
    if family == CATBOOST:
        pytest.importorskip("catboost")
    random = np.random.default_rng(1)
    rows, _ = rows_of((random.random(200) > 0.5).astype(float))
    own = grown(rows, family)
    for place, (before, after) in enumerate(zip(own, settled(own), strict=True)):
        others = [fold.rounds for fold in own[:place] + own[place + 1 :]]
        booster = read_booster(after.text)
        assert booster.rounds == after.rounds <= max(round(float(np.median(others))), 1)
        matrix = rows.matrices(place)[1].matrix
        assert booster.predict(matrix, threads=1) == pytest.approx(after.raw, abs=1e-12)
        assert after.scoring == before.scoring
        # Nothing is held of the rows once the rounds are settled.
        assert after.with_rounds is None


def test_what_is_said_of_labels_drawn_at_random_is_nearer_to_nothing():
    known = []
    for seed in range(4):
        target = np.random.default_rng(seed).permutation(np.arange(200) % 2).astype(float)
        rows, data = rows_of(target, seed)
        found = []
        for folds in (own := grown(rows, TREES), settled(own)):
            raw = np.zeros(len(target))
            for fold, trees in zip(folds_of(data, "K_FOLD", None)[:5], folds, strict=True):
                raw[fold.judged] = trees.raw[:, 0]
            found.append(roc_auc(target == 1, raw))
        known.append(found)
    flattered, honest = np.mean(known, axis=0)
    assert flattered > 0.52
    assert abs(honest - 0.5) < flattered - 0.5


def test_many_rows_choose_their_rounds_themselves(monkeypatch):
    monkeypatch.setattr(tree_candidate, "FEW_ROWS", 100)
    rows, _ = rows_of(np.arange(200) % 2 * 1.0)
    own = grown(rows, TREES)
    assert settled(own) == own


def test_one_fold_has_no_others_and_other_families_have_no_rounds():
    rows, _ = rows_of(np.arange(200) % 2 * 1.0)
    own = grown(rows, TREES)
    assert settled(own[:1]) == own[:1]
    line = replace(own[0])
    mixed = [line, "a line"]
    assert all_settled(mixed) is mixed
