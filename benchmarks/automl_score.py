"""One judge for all peers: metrics of what they foretold, and places among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
# The least probability that a class can be given: a peer that rules a class out does not lose everything by one row.
LEAST = 1e-7
# How often the rows that judge are drawn anew, to tell a difference from chance.
DRAWINGS = 200


@dataclass(frozen=True)
class Metric:
    """A measure of the truth (numbers, or places of classes) and of what was foretold (numbers, or rows × classes)."""

    measure: Callable[[NDArray[np.generic], Numbers], float]
    greater: bool
    tasks: tuple[str, ...]


def _roc_auc(truth: NDArray[np.generic], told: Numbers) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, told[:, 1]))


def _average_precision(truth: NDArray[np.generic], told: Numbers) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, told[:, 1]))


def _log_loss(truth: NDArray[np.generic], told: Numbers) -> float:
    told = np.maximum(told, LEAST)
    told = told / told.sum(axis=1, keepdims=True)
    return float(-np.log(told[np.arange(len(told)), truth.astype(np.int64)]).mean())


def _accuracy(truth: NDArray[np.generic], told: Numbers) -> float:
    return float((told.argmax(axis=1) == truth).mean())


def _rmse(truth: NDArray[np.generic], told: Numbers) -> float:
    return float(np.sqrt(np.mean((truth - told) ** 2)))


def _mae(truth: NDArray[np.generic], told: Numbers) -> float:
    return float(np.mean(np.abs(truth - told)))


def _r2(truth: NDArray[np.generic], told: Numbers) -> float:
    around = np.mean((truth - truth.astype(np.float64).mean()) ** 2)
    return float(1 - np.mean((truth - told) ** 2) / around) if around > 0 else float("nan")


METRICS: Mapping[str, Metric] = {
    "roc_auc": Metric(_roc_auc, True, ("binary",)),
    "average_precision": Metric(_average_precision, True, ("binary",)),
    "log_loss": Metric(_log_loss, False, ("binary", "multiclass")),
    "accuracy": Metric(_accuracy, True, ("binary", "multiclass")),
    "rmse": Metric(_rmse, False, ("regression",)),
    "mae": Metric(_mae, False, ("regression",)),
    "r2": Metric(_r2, True, ("regression",)),
}
USUAL: Mapping[str, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def scores(task: str, truth: NDArray[np.generic], told: Numbers, classes: int) -> dict[str, float]:
    """Return every metric of a task. Raises ValueError for what is not one finite answer a row."""
    wanted = (len(truth),) if task == "regression" else (len(truth), classes)
    if told.shape != wanted:
        raise ValueError(f"what was foretold has the shape {told.shape}, not {wanted}.")
    if not np.isfinite(told).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(told)):,} of the numbers that were foretold are not finite.")
    if task != "regression" and ((told < 0).any() or not np.allclose(told.sum(axis=1), 1, atol=1e-3)):
        raise ValueError("what was foretold are not probabilities that sum to 1.")
    return {name: metric.measure(truth, told) for name, metric in METRICS.items() if task in metric.tasks}


def ranks(found: Mapping[str, float | None], greater: bool) -> dict[str, float]:
    """Return the place of each peer, 1 the best. Equals share the mean of their places; without a score, the last."""
    worst = float("-inf")
    value = {name: worst if score is None else score if greater else -score for name, score in found.items()}
    return {
        name: 1 + sum(other > mine for other in value.values()) + (list(value.values()).count(mine) - 1) / 2
        for name, mine in value.items()
    }


def drawings(metric: str, truth: NDArray[np.generic], told: Numbers) -> list[float]:
    """Return a metric of drawings, with replacement, of the rows that judge: the same rows for everybody."""
    random, measure = np.random.default_rng(0), METRICS[metric].measure
    found = []
    for _ in range(DRAWINGS):
        rows = random.integers(len(truth), size=len(truth))
        # A drawing without some class says nothing of an area under a curve.
        if metric not in ("roc_auc", "average_precision") or len(np.unique(truth[rows])) > 1:
            found.append(measure(truth[rows], told[rows]))
    return found


def shared_ranks(
    found: Mapping[str, float | None], drawn: Mapping[str, Sequence[float]], greater: bool
) -> dict[str, float]:
    """Return the place of each peer, 1 the best, where those share a place whose difference may be chance: those that
    differ in opposite ways within the middle 95 % of the drawings. Where there are none, equal scores alone share one.
    """
    plain = ranks(found, greater)

    def ahead(one: str, other: str) -> float:
        """Return 1 where the other is surely ahead of the one, 1/2 where nobody can say."""
        if not drawn.get(one) or len(drawn[one]) != len(drawn.get(other, ())):
            return 1.0 if plain[other] < plain[one] else 0.5 if plain[other] == plain[one] else 0.0
        apart = (np.array(drawn[other]) - np.array(drawn[one])) * (1 if greater else -1)
        low, high = np.quantile(apart, [0.025, 0.975])
        return 1.0 if low > 0 else 0.0 if high < 0 else 0.5

    return {one: 1 + sum(ahead(one, other) for other in found if other != one) for one in found}


def gaps(found: Mapping[str, float | None], greater: bool) -> dict[str, float | None]:
    """Return how far each score is behind the best one, as a share of the best; None without a score."""
    known = [score for score in found.values() if score is not None]
    best = (max if greater else min)(known, default=0.0)
    return {
        name: None if score is None else 0.0 if score == best else abs(score - best) / abs(best or 1)
        for name, score in found.items()
    }
