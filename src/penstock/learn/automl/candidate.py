"""What a search tries: a family and the values of its options; first a list that has proved itself, then draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from typing import Any

import numpy as np

Value = float | int | str | bool
Json = Any
# What stands before the name of a candidate that was in the ensemble of the version before.
_AGAIN = "again "
# The families that a search knows by itself; any other name is a model type, whose own learner is the candidate.
TREES, CATBOOST, LINEAR, NEURAL, TEXT = "boosted_trees", "catboost", "linear", "neural", "text"
# … and that of what AutoGluon has fitted, in its own words: no other search tries that again.
AUTOGLUON = "autogluon"


@dataclass(frozen=True)
class Candidate:
    """`values` are the parameters of LightGBM or CatBoost for trees, those of a network or of a line through texts, or
    options of the linear model or model type.
    """

    name: str
    family: str
    values: Mapping[str, Value]


# In the order in which they are tried. Learned on fifteen tables, of up to 3,000 rows each, from 43 candidates: next
# comes what makes the ensemble of those before gain most a second (benchmarks/automl_portfolio.py). What is slow, or is
# there since it errs on other rows than trees do, comes later.
PORTFOLIO: tuple[Candidate, ...] = (
    Candidate(
        "trees",
        TREES,
        {
            "learning_rate": 0.08,
            "num_leaves": 7,
            "min_data_in_leaf": 4,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.88,
            "bagging_freq": 1,
        },
    ),
    Candidate(
        "extra trees",
        TREES,
        {
            "learning_rate": 0.06,
            "num_leaves": 11,
            "min_data_in_leaf": 2,
            "feature_fraction": 0.63,
            "bagging_fraction": 0.73,
            "bagging_freq": 1,
            "extra_trees": True,
        },
    ),
    Candidate("linear", LINEAR, {"l2_reg": 1.0}),
    Candidate(
        "quick catboost",
        CATBOOST,
        {"learning_rate": 0.15, "depth": 4, "l2_leaf_reg": 1.3, "random_strength": 0.7},
    ),
    Candidate(
        "large trees",
        TREES,
        {"learning_rate": 0.065, "num_leaves": 20, "min_data_in_leaf": 7, "feature_fraction": 0.73, "lambda_l2": 2.5},
    ),
    Candidate(
        "large extra trees",
        TREES,
        {
            "learning_rate": 0.08,
            "num_leaves": 69,
            "min_data_in_leaf": 3,
            "feature_fraction": 0.93,
            "lambda_l2": 3.0,
            "extra_trees": True,
        },
    ),
    Candidate("catboost", CATBOOST, {"learning_rate": 0.06, "depth": 6}),
    Candidate(
        "small trees",
        TREES,
        {"learning_rate": 0.04, "num_leaves": 8, "min_data_in_leaf": 20, "feature_fraction": 0.5, "lambda_l2": 1.0},
    ),
    Candidate(
        "stumps", TREES, {"learning_rate": 0.1, "num_leaves": 2, "min_data_in_leaf": 20, "feature_fraction": 0.5}
    ),
    Candidate("damped linear", LINEAR, {"l2_reg": 10.0}),
    Candidate(
        "slow trees",
        TREES,
        {
            "learning_rate": 0.02,
            "num_leaves": 48,
            "min_data_in_leaf": 15,
            "feature_fraction": 0.6,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l1": 0.1,
        },
    ),
    Candidate("network", NEURAL, {"learning_rate": 0.002, "dropout": 0.1, "activation": "SELU"}),
)
# What is tried beside them where a table has texts, and how many of these soon where it has more than texts.
_EARLY_TEXTS = 2
TEXTS: tuple[Candidate, ...] = (
    Candidate("words", TEXT, {"reads": "words", "l2_reg": 1.0}),
    Candidate("letters", TEXT, {"reads": "letters", "l2_reg": 3.0}),
    Candidate("damped letters", TEXT, {"reads": "letters", "l2_reg": 10.0}),
    Candidate("free letters", TEXT, {"reads": "letters", "l2_reg": 0.1}),
    Candidate("damped words", TEXT, {"reads": "words", "l2_reg": 10.0}),
    Candidate("free words", TEXT, {"reads": "words", "l2_reg": 0.1}),
)


def winners(leaderboard: Sequence[Mapping[str, Json]]) -> tuple[Candidate, ...]:
    """Return the candidates of an earlier search that stood in its ensemble, trees first, then by weight."""
    chosen = [row for row in leaderboard if row["weight"] and row["family"] != AUTOGLUON]
    rows = sorted(chosen, key=lambda row: (row["family"] != TREES, -row["weight"]))
    return tuple(_known(row["name"].removeprefix(_AGAIN), row["family"], row["values"]) for row in rows)


def candidates(
    further: Iterable[Candidate],
    first: Sequence[Candidate] = (),
    texts: Sequence[Candidate] = (),
    *,
    only_texts: bool = False,
) -> Iterator[Candidate]:
    """Yield what a search tries: what has proved itself on this table, then elsewhere, then further; nothing twice.

    `texts` come before all others where a table has `only_texts`; else a few come after the first, and the rest after
    the list.
    """
    seen = []
    begin = texts if only_texts else (*PORTFOLIO[:1], *texts[:_EARLY_TEXTS])
    for candidate in chain(first, begin, PORTFOLIO, texts, further):
        what = candidate.family, dict(candidate.values)
        if what not in seen:
            seen.append(what)
            yield candidate


def _known(name: str, family: str, values: Mapping[str, Value]) -> Candidate:
    for candidate in (*PORTFOLIO, *TEXTS):
        if (candidate.name, candidate.family, dict(candidate.values)) == (name, family, dict(values)):
            return candidate
    return Candidate(_AGAIN + name, family, values)


def drawn(seed: int) -> Iterator[Candidate]:
    """Yield candidates of boosted trees, drawn at random without end; the same for the same seed.

    Where CatBoost is installed, every third is one of its.
    """
    random = np.random.default_rng(seed)
    with_catboost = find_spec("catboost") is not None
    number = 0
    while True:
        number += 1
        of_catboost = with_catboost and number % 3 == 0
        values = _of_catboost(random) if of_catboost else _of_lightgbm(random)
        yield Candidate(f"drawn {number}", CATBOOST if of_catboost else TREES, values)


def _of_lightgbm(random: np.random.Generator) -> dict[str, Value]:
    values: dict[str, Value] = {
        "learning_rate": float(np.exp(random.uniform(np.log(0.015), np.log(0.1)))),
        "num_leaves": int(np.exp(random.uniform(np.log(6), np.log(200)))),
        "min_data_in_leaf": int(np.exp(random.uniform(np.log(2), np.log(80)))),
        "feature_fraction": float(random.uniform(0.4, 1.0)),
        "lambda_l2": float(np.exp(random.uniform(np.log(1e-3), np.log(10)))),
        "extra_trees": bool(random.random() < 0.4),
    }
    if random.random() < 0.5:
        values |= {"bagging_fraction": float(random.uniform(0.6, 1.0)), "bagging_freq": 1}
    return values


def _of_catboost(random: np.random.Generator) -> dict[str, Value]:
    return {
        "learning_rate": float(np.exp(random.uniform(np.log(0.03), np.log(0.15)))),
        "depth": int(random.integers(3, 8)),
        "l2_leaf_reg": float(np.exp(random.uniform(np.log(1), np.log(20)))),
        "rsm": float(random.uniform(0.4, 1.0)),
        "random_strength": float(np.exp(random.uniform(np.log(0.5), np.log(5)))),
    }
