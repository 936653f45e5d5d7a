"""How well a recommender of implicit feedback ranks what users turn to, over all the items that it knows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.alternating_least_squares import Factors, Interactions, summed

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
RANKING_METRICS = (
    "mean_average_precision",
    "mean_squared_error",
    "normalized_discounted_cumulative_gain",
    "average_rank",
)
# Where there are more users, so many of them are ranked for, evenly spread.
MOST_USERS = 5_000
# Scores held at a time by one thread.
_CELLS = 2_000_000


def ranking_metrics(
    found: Factors, users: Codes, items: Codes, values: Floats, scores: Floats, threads: int
) -> Mapping[str, float]:
    """Return the metrics of observations, all of shape (n,): `users` and `items` are numbers from 0, -1 for whoever is
    unknown, `values` what was observed, and `scores` what the model gives for them. NaN where nothing was observed.

    Each user's observations greater than 0 are what should stand first among all items. mean_average_precision and
    normalized_discounted_cumulative_gain (with the observations as gains) are means over the users; average_rank is the
    mean place of an observation from 0 (first of all items) to 1 (last), weighted by the observation (Hu, Koren,
    Volinsky, 2008); mean_squared_error is that of the scores against 1 for an observation and 0 for none.
    """
    if not len(values):
        return dict.fromkeys(RANKING_METRICS, np.nan)
    squared = float(np.mean(((values > 0) - scores) ** 2))
    wanted = (users >= 0) & (items >= 0) & (values > 0)
    if not wanted.any():
        return {**dict.fromkeys(RANKING_METRICS, np.nan), "mean_squared_error": squared}
    given = summed(users[wanted], items[wanted], values[wanted], len(found.users), len(found.items))
    given = _some_users(given)
    ranks = _ranks(found, given, threads)
    precision, gain = _by_user(given, ranks)
    places = (ranks - 1) / max(len(found.items) - 1, 1)
    average = float(np.average(places, weights=given.values))
    return dict(zip(RANKING_METRICS, (precision, squared, gain, average), strict=True))


def _some_users(given: Interactions) -> Interactions:
    present = np.unique(given.users)
    if len(present) <= MOST_USERS:
        return given
    kept = present[np.linspace(0, len(present) - 1, MOST_USERS).astype(np.int64)]
    rows = np.isin(given.users, kept)
    return Interactions(given.users[rows], given.items[rows], given.values[rows], given.user_count, given.item_count)


def _ranks(found: Factors, given: Interactions, threads: int) -> Codes:
    """Return the place of each observed item among all items of its user, from 1; the observations stand user by
    user.
    """
    present, begins = np.unique(given.users, return_index=True)
    ends = np.append(begins[1:], len(given.users))
    step = max(1, _CELLS // given.item_count)

    def of_users(begin: int) -> Codes:
        chosen = present[begin : begin + step]
        scores = found.users[chosen] @ found.items.T
        order = np.argsort(-scores, axis=1, kind="stable")
        place: Codes = np.empty_like(order)
        np.put_along_axis(place, order, np.arange(1, given.item_count + 1)[None, :], axis=1)
        part = slice(begins[begin], ends[min(begin + step, len(present)) - 1])
        return place[np.searchsorted(chosen, given.users[part]), given.items[part]]

    return np.concatenate(each(of_users, range(0, len(present), step), threads))


def _by_user(given: Interactions, ranks: Codes) -> tuple[float, float]:
    """Return the means over the users of the average precision and of the discounted gain over the greatest one."""
    users, counts = np.unique(given.users, return_counts=True)
    of_row = np.searchsorted(users, given.users)
    number = np.arange(len(ranks)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    by_rank = np.lexsort((ranks, given.users))
    by_value = np.lexsort((-given.values, given.users))
    precision = np.bincount(of_row, weights=number / ranks[by_rank]) / counts
    gained = np.bincount(of_row, weights=given.values / np.log2(1.0 + ranks))
    possible = np.bincount(of_row, weights=given.values[by_value] / np.log2(1.0 + number))
    return float(precision.mean()), float(np.mean(gained / possible))
