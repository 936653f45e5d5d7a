"""Whether the variants got the parts of the units that they were told: where not, units were lost on the way, and no
comparison holds.

The test is the sequential one of Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022):
it may be looked at as often as one likes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Below this a deviation is taken for real.
SUSPECT = 0.001
# How near to the told shares the alternative stands; as many units as this tell as much as it does.
CONCENTRATION = 1000.0


@dataclass(frozen=True)
class Stretch:
    """A time in which the shares stayed as they were: units seen of each variant, and the part each was told."""

    seen: Sequence[int]
    told: Sequence[float]


def sample_ratio_p(stretches: Sequence[Stretch]) -> float:
    """Return the p-value, valid at every look, that units came as told; 0 where one came that was told nothing.

    Each stretch bets anew against its own shares; the bets of all are multiplied.
    """
    evidence = sum(_log_evidence(stretch) for stretch in stretches)
    return 1.0 if evidence <= 0 else math.exp(-evidence)


def _log_evidence(stretch: Stretch) -> float:
    """Return the logarithm of the Bayes factor of a Dirichlet mixture around the told shares against these."""
    whole = sum(stretch.told)
    found = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + sum(stretch.seen))
    for seen, told in zip(stretch.seen, stretch.told, strict=True):
        if told <= 0:
            if seen:
                return math.inf
            continue
        prior = CONCENTRATION * told / whole
        found += math.lgamma(prior + seen) - math.lgamma(prior) - seen * math.log(told / whole)
    return found
