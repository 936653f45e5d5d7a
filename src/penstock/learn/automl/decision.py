"""Above what probability the greater of two classes is predicted: what is best for a measure, or costs least."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.learner import TrainingData
from penstock.learn.manifest import THRESHOLD, USUAL_THRESHOLD

Json = Any
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
_DRAWS, _FEWEST_ROWS = 25, 30
# The measures that look at predicted classes rather than at probabilities.
MEASURES = ("accuracy", "f1_score")


@dataclass(frozen=True)
class Costs:
    """What a mistake costs: the greater label predicted where it is the other, and the other way round."""

    false_positive: float
    false_negative: float


def decided(
    data: TrainingData, scores: Floats, aim: str | Costs | None, part: Rows
) -> tuple[dict[str, Json], Floats | None]:
    """Return what stands in a model's details of how it decides, and above what each row was decided, (n,): what all
    other parts of the rows chose, by which costs and measures are told. Nothing, and None, where it
    decides as all models do.

    `scores` (n, 2) are what models of other rows say of each row, NaN where none does; `part` (n,) is that of each row.
    """
    if aim is None:
        return {}, None
    known = np.isfinite(scores[:, 0])
    positive, found = data.target[known] == 1, scores[known, 1]
    weights = None if data.weights is None else data.weights[known]
    threshold = decision_threshold(positive, found, weights, aim, data.seed)
    if threshold is None:
        return {}, None
    own = part[known]
    crossed = np.full(len(found), threshold)
    for number in np.unique(own).tolist():
        others = own != number
        of_others = None if weights is None else weights[others]
        chosen = decision_threshold(positive[others], found[others], of_others, aim, data.seed)
        crossed[~others] = threshold if chosen is None else chosen
    told: dict[str, Json] = {"by": aim if isinstance(aim, str) else "costs"}
    if isinstance(aim, Costs):
        told |= {f"{name}_cost": each for name, each in asdict(aim).items()}
        told["cost"] = cost(positive, found, weights, aim, crossed)
        told["cost_at_one_half"] = cost(positive, found, weights, aim, USUAL_THRESHOLD)
    thresholds = np.full(len(scores), threshold)
    thresholds[known] = crossed
    return {THRESHOLD: threshold, "decision": told}, thresholds


def decision_threshold(
    positive: NDArray[np.bool_], scores: Floats, weights: Floats | None, aim: str | Costs, seed: int
) -> float | None:
    """Return the threshold that is best for probabilities of the greater label (n,), none of which its row's own
    model gave; None where the rows cannot say.

    `aim` is 'accuracy', 'f1_score', or what mistakes cost. The best threshold of one draw follows its rows' noise, so
    the median over bootstrap draws is taken (Efron 1979), in which costs and accuracy are of weighted rows.
    """
    if len(scores) < _FEWEST_ROWS or not 0 < int(positive.sum()) < len(scores):
        return None
    weight = np.ones(len(scores)) if weights is None else weights
    random = np.random.default_rng(seed)
    order = np.argsort(scores, kind="stable")
    ranked, hit, weight = scores[order], positive[order], weight[order]
    found = []
    for _ in range(_DRAWS):
        counts = np.bincount(random.integers(len(ranked), size=len(ranked)), minlength=len(ranked))
        drawn = weight * counts
        if drawn[hit].sum() > 0 and drawn[~hit].sum() > 0:
            found.append(_best(ranked, hit, drawn, aim))
    return float(np.median(found)) if found else None


def cost(
    positive: NDArray[np.bool_], scores: Floats, weights: Floats | None, costs: Costs, threshold: float | Floats
) -> float:
    """Return what the mistakes cost a row, on average, by one threshold or by one a row."""
    said = scores > threshold
    each = np.where(said & ~positive, costs.false_positive, np.where(~said & positive, costs.false_negative, 0.0))
    return float(np.average(each, weights=weights))


def _best(ranked: Floats, hit: NDArray[np.bool_], weight: Floats, aim: str | Costs) -> float:
    """Return the best threshold: one below all scores, or halfway between two different ones, or above all."""
    worth = worths(ranked, hit, weight, aim)
    cuts = np.r_[ranked[0] / 2, (ranked[1:] + ranked[:-1]) / 2, (1 + ranked[-1]) / 2]
    best = np.flatnonzero(worth >= worth.max() - 1e-12 * abs(worth.max()))
    return float(cuts[best[len(best) // 2]])


def worths(ranked: Floats, hit: NDArray[np.bool_], weight: Floats, aim: str | Costs) -> Floats:
    """Return what each threshold is worth, (n + 1,), for ascending scores of rows that are positive or not: below all,
    between each two, minus infinity where these are equal, and above all. Accuracy is not divided by the rows' weight.
    """
    missed = np.r_[0.0, np.cumsum(np.where(hit, weight, 0.0))]
    passed = np.r_[0.0, np.cumsum(np.where(hit, 0.0, weight))]
    right, false_alarm = missed[-1] - missed, passed[-1] - passed
    if isinstance(aim, Costs):
        worth = -(aim.false_positive * false_alarm + aim.false_negative * missed)
    elif aim == "f1_score":
        worth = 2 * right / (2 * right + false_alarm + missed)
    else:
        worth = right + passed
    # Nothing lies between two equal scores.
    found: Floats = np.where(np.r_[True, ranked[1:] > ranked[:-1], True], worth, -np.inf)
    return found
