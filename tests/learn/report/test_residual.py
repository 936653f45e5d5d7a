"""Residuals: bars, bands and what lies outside."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.learn.report.residual import residuals_of


def test_bars_and_outside_are_all_rows_and_bands_part_them() -> None:
    random = np.random.default_rng(0)
    predicted = random.normal(size=5_000)
    error = random.standard_t(3, 5_000)
    found = residuals_of(predicted + error, predicted)
    assert found is not None
    assert sum(bar.rows for bar in found.bars) + found.outside == 5_000
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(error, (0.1, 0.9))))
    assert [band.rows for band in found.bands] == [500] * 10
    assert all(a.predicted <= b.predicted for a, b in zip(found.bands, found.bands[1:], strict=False))
    assert found.bands[0].middle == pytest.approx(np.median(error[np.argsort(predicted)[:500]]))


def test_perfect_predictions_infinite_ones_and_none_are_ordinary() -> None:
    same = residuals_of(np.ones(5), np.ones(5))
    assert same is not None
    assert sum(bar.rows for bar in same.bars) == 5
    odd = residuals_of(np.array([1.0, np.inf]), np.array([0.0, 0.0]))
    assert odd is not None
    assert sum(band.rows for band in odd.bands) == 1
    assert residuals_of(np.array([]), np.array([])) is None
    assert residuals_of(np.array([np.inf]), np.array([0.0])) is None
