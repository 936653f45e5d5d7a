"""What is kept of the units that a variant answered: how many, and the moments of three numbers of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# The places of a unit's numbers: the sum of its values, how many there are, its covariate.
SUM, COUNT, COVARIATE = 0, 1, 2


@dataclass(frozen=True)
class Moments:
    """Moments over the units of one variant; the leading axes (…) are strata, or runs of a simulation.

    `units` has the shape (…), `mean` (…, 3) and `covariance`, of the population, (…, 3, 3): of the sum of a unit's
    values, of their number, and of its covariate.
    """

    units: Floats
    mean: Floats
    covariance: Floats

    @property
    def value(self) -> Floats:
        """The mean of the values, of shape (…): the sum over all units by their number."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.mean[..., SUM] / self.mean[..., COUNT])

    def pooled(self) -> Moments:
        """Return the moments over the strata of the last leading axis together."""
        total = self.units.sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = self.units / total[..., None]
        known = self.units[..., None] > 0
        means = np.where(known, self.mean, 0.0)
        mean = np.einsum("...k,...ki->...i", weight, means)
        apart = np.where(known, means - mean[..., None, :], 0.0)
        within = np.where(known[..., None], self.covariance, 0.0)
        covariance = np.einsum("...k,...kij->...ij", weight, within + apart[..., :, None] * apart[..., None, :])
        return Moments(total, mean, covariance)


def moments_of(values: Floats, covariate: Floats | None = None) -> Moments:
    """Return the moments of units with one value each, along the last axis; the covariate is 0 where none is given."""
    other = np.zeros_like(values) if covariate is None else covariate
    columns = np.stack([values, np.ones_like(values), other], axis=-1)
    mean = columns.mean(axis=-2)
    apart = columns - mean[..., None, :]
    covariance = np.einsum("...ni,...nj->...ij", apart, apart) / values.shape[-1]
    return Moments(np.full(values.shape[:-1], float(values.shape[-1])), mean, covariance)
