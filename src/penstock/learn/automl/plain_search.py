"""A search for a model that one can read: a sum of one function a feature (Lou et al. 2012, «Intelligible models»)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from penstock.learn.automl.candidate import PORTFOLIO, TREES, Candidate
from penstock.learn.automl.found import Found
from penstock.learn.automl.search import Search

Json = Any
# Trees that read one feature each need few leaves, and many rounds.
PLAIN: tuple[Candidate, ...] = (
    Candidate("plain trees", TREES, {"learning_rate": 0.05, "num_leaves": 6, "min_data_in_leaf": 20}),
    Candidate(
        "plain trees of few features",
        TREES,
        {"learning_rate": 0.04, "num_leaves": 4, "min_data_in_leaf": 20, "feature_fraction": 0.4, "lambda_l2": 1.0},
    ),
    Candidate("stumps", TREES, {"learning_rate": 0.08, "num_leaves": 2, "min_data_in_leaf": 10}),
    Candidate(
        "plain extra trees",
        TREES,
        {"learning_rate": 0.08, "num_leaves": 8, "min_data_in_leaf": 10, "lambda_l2": 5.0, "extra_trees": True},
    ),
)


def plain_search(search: Search, most: int | None, texts: Sequence[Candidate] = ()) -> tuple[Search, Found, Json]:
    """Return the search, whose trees read one feature each, what it found, and what that costs.

    The first candidate of the usual search is fitted on the same folds beforehand, to be compared with.
    """
    free = replace(search, tried=[], skipped=[]).run(PORTFOLIO[:1])
    plain = replace(search, rows=search.rows.without_interactions(), tried=[], skipped=[])
    # What a text adds is a sum over its n-grams, whatever the other features are.
    candidates = (*PLAIN[:1], *texts, *PLAIN[1:])
    found = plain.run(candidates if most is None else candidates[:most])
    value = plain.metric.value
    return plain, found, {"compared_with": free.tried[0].candidate.name, "score": value(free.tried[0].gain)}


def told_of(lost: Json, name: str, score: float) -> tuple[str, ...]:
    """Say what it costs that no feature changes what another one does; nothing of a search without that bound."""
    if lost is None:
        return ()
    told = (
        f"The model is a sum of one function a feature: {name} is {score:.4g}, and {lost['score']:.4g} where features "
        f"may change what others do (one member, «{lost['compared_with']}»)."
    )
    return (told,)
