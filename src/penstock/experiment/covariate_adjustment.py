"""CUPED: what was known of a unit before explains a part of its value, and the rest varies less.

After Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data" (WSDM 2013). Values of a unit are taken together first: their mean is a ratio of two sums, and
varies as the delta method says (Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.experiment.moments import COUNT, COVARIATE, SUM, Floats, Moments


@dataclass(frozen=True)
class Estimate:
    """The mean of a variant's values and its variance (the square of its standard error), both of shape (…)."""

    mean: Floats
    variance: Floats
    units: Floats


@dataclass(frozen=True)
class Difference:
    """How far a variant lies above another, and the variance of that; NaN where nothing is to be told."""

    effect: Floats
    variance: Floats


def slope(variants: Sequence[Moments]) -> Floats:
    """Return by how much a value goes up with the covariate, of shape (…); 0 where the covariate does not vary.

    It is measured within the variants, so that what a variant does is not taken for the covariate's work.
    """
    shared = sum(each.units * _with_covariate(each) for each in variants)
    varying = sum(each.units * each.covariance[..., COVARIATE, COVARIATE] for each in variants)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.asarray(varying) > 0, np.asarray(shared) / np.asarray(varying), 0.0)


def centre(variants: Sequence[Moments]) -> Floats:
    """Return the covariate's mean over the units of all variants, of shape (…)."""
    units = sum(each.units for each in variants)
    total = sum(each.units * np.where(each.units > 0, each.mean[..., COVARIATE], 0.0) for each in variants)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.asarray(units) > 0, np.asarray(total) / np.asarray(units), 0.0)


def estimate(moments: Moments, steepness: Floats, middle: Floats) -> Estimate:
    """Return a variant's mean, moved to where it were with the covariate at `middle`, and its variance.

    The variance is NaN below two units.
    """
    ratio, share = moments.value, moments.mean[..., COUNT]
    spread = moments.covariance
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = spread[..., SUM, SUM] - 2 * ratio * spread[..., SUM, COUNT] + ratio**2 * spread[..., COUNT, COUNT]
        own = plain / share**2
        rest = own - 2 * steepness * _with_covariate(moments) + steepness**2 * spread[..., COVARIATE, COVARIATE]
        variance = np.where(moments.units > 1, np.maximum(rest, 0.0) / (moments.units - 1), np.nan)
        mean = ratio - steepness * (moments.mean[..., COVARIATE] - middle)
    return Estimate(mean, variance, moments.units)


def difference(control: Estimate, treated: Estimate) -> Difference:
    """Return how far `treated` lies above `control`.

    Where a variant's values are all the same so far, both are taken to vary as all values together do.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = treated.mean - control.mean
        variance = control.variance + treated.variance
        both = control.units + treated.units
        within = (control.units**2 * control.variance + treated.units**2 * treated.variance) / both
        together = within + control.units * treated.units / both**2 * effect**2
        alike = (control.variance == 0) | (treated.variance == 0)
        variance = np.where(alike, together * (1 / control.units + 1 / treated.units), variance)
    return Difference(effect, np.where(variance > 0, variance, np.nan))


def over_strata(found: Difference, control: Floats, treated: Floats, least: int) -> Difference:
    """Return the difference over the strata of the last axis, each compared within itself.

    What changed between strata (the traffic, and with it when a unit came) is so no difference between the variants.
    Strata weigh as much as their units can tell; those with fewer than `least` units of either variant are left out.
    """
    used = (control >= least) & (treated >= least) & np.isfinite(found.variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(used, control * treated / (control + treated), 0.0)
        total = weight.sum(axis=-1)
        effect = np.where(used, weight * found.effect, 0.0).sum(axis=-1) / total
        variance = np.where(used, weight**2 * found.variance, 0.0).sum(axis=-1) / total**2
    return Difference(effect, np.where(variance > 0, variance, np.nan))


def _with_covariate(moments: Moments) -> Floats:
    """Return the covariance of a unit's linearised value with its covariate."""
    spread, share = moments.covariance, moments.mean[..., COUNT]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (spread[..., SUM, COVARIATE] - moments.value * spread[..., COUNT, COVARIATE]) / share
    return np.where(moments.units > 0, found, 0.0)
