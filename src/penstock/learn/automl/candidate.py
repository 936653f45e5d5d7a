"""What a search tries: a family and the values of its options; first a list that has proved itself, then draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

Value = float | int | str | bool
# The families that a search knows by itself; any other name is a model type, whose own learner is the candidate.
TREES, CATBOOST, LINEAR = "boosted_trees", "catboost", "linear"


@dataclass(frozen=True)
class Candidate:
    """`values` are the parameters of LightGBM or CatBoost for trees, else options of the linear model or model type."""

    name: str
    family: str
    values: Mapping[str, Value]


# In the order in which they are tried: first what is good nearly everywhere and quick, then what differs from it most,
# since an ensemble lives on members that err on other rows.
PORTFOLIO: tuple[Candidate, ...] = (
    Candidate(
        "trees", TREES, {"learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20, "feature_fraction": 0.9}
    ),
    Candidate(
        "extra trees",
        TREES,
        {"learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 10, "feature_fraction": 0.8, "extra_trees": True},
    ),
    Candidate("linear", LINEAR, {"l2_reg": 1.0}),
    Candidate("catboost", CATBOOST, {"learning_rate": 0.06, "depth": 6}),
    Candidate(
        "large trees",
        TREES,
        {"learning_rate": 0.03, "num_leaves": 127, "min_data_in_leaf": 5, "feature_fraction": 0.7, "lambda_l2": 1.0},
    ),
    Candidate(
        "small trees",
        TREES,
        {"learning_rate": 0.04, "num_leaves": 8, "min_data_in_leaf": 20, "feature_fraction": 0.5, "lambda_l2": 1.0},
    ),
    Candidate(
        "stumps", TREES, {"learning_rate": 0.1, "num_leaves": 2, "min_data_in_leaf": 20, "feature_fraction": 0.5}
    ),
    Candidate("damped linear", LINEAR, {"l2_reg": 10.0}),
    Candidate("small catboost", CATBOOST, {"learning_rate": 0.05, "depth": 4, "rsm": 0.7}),
    Candidate(
        "large extra trees",
        TREES,
        {"learning_rate": 0.03, "num_leaves": 127, "min_data_in_leaf": 6, "feature_fraction": 0.8, "extra_trees": True},
    ),
    Candidate(
        "drawn trees",
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
)


def drawn(seed: int) -> Iterator[Candidate]:
    """Yield candidates of boosted trees, drawn at random without end; the same for the same seed."""
    random = np.random.default_rng(seed)
    number = 0
    while True:
        number += 1
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
        yield Candidate(f"drawn {number}", TREES, values)
