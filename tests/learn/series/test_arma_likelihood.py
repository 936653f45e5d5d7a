"""The likelihood, the forecasts and the choice of ARIMA models: numbers of statsmodels 0.15.0 on the same data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.series.arima import differences, fit_order, kpss, near_unit_root, orders, project
from penstock.learn.series.arma import ahead, ar_to_partial, conditional, partial_to_ar, whitened
from penstock.learn.series.fitted_series import Candidate

VISITS = Path(__file__).parents[2] / "data" / "bigquery-ml" / "time_series.jsonl"


@pytest.fixture(scope="module")
def visits() -> np.ndarray:
    """Visits of one site on 366 days, in their order."""
    rows = [json.loads(line) for line in VISITS.read_text().splitlines()]
    return np.array(
        [float(v) for _, v in sorted((r["parsed_date"], r["total_visits"]) for r in rows if r["id"] == "1")]
    )


# statsmodels.tsa.arima.model.ARIMA(z - z.mean(), order=(p, 0, q), trend='n').smooth([*ar, *ma, 1.3]) of the first
# hundred days / 100: its llf and forecast(3).
KNOWN = [
    ([0.5], [], -1099.291098255068, [5.86495, 2.932475, 1.4662375]),
    ([], [0.4], -1267.7613023383872, [3.21778662, 0.0, 0.0]),
    ([0.5, -0.2], [0.3], -958.9608681207986, [5.12872578, 0.21838289, -0.91655371]),
    ([0.2], [0.5, 0.3, -0.1], -1011.7836585197259, [6.1904735, 1.71061183, -0.07032091]),
    ([0.3, 0.1, 0.2, 0.05, -0.1], [0.4, 0.2], -1049.4660062317446, [8.29193363, 6.72397434, 5.23937066]),
]


@pytest.mark.parametrize(("ar", "ma", "likelihood", "forecast"), KNOWN)
def test_the_likelihood_is_exact(
    visits: np.ndarray, ar: list[float], ma: list[float], likelihood: float, forecast: list[float]
) -> None:
    values = visits[:100] / 100
    values = values - values.mean()
    found = whitened(values[:, None], np.array(ar), np.array(ma))
    assert found is not None
    errors = found.columns[:, 0]
    got = -0.5 * (100 * np.log(2 * np.pi * 1.3) + found.log_determinant + errors @ errors / 1.3)
    assert got == pytest.approx(likelihood, rel=1e-12)
    assert ahead(values, np.array(ar), np.array(ma), 3) == pytest.approx(forecast, abs=1e-7)


# The same data, maximum likelihood: llf, and the parameters with the mean or the drift first.
FITTED = [
    ((1, 0, 1), False, -292.50829786229264, 593.0165957245853, [27.26068538, 0.53509162, 0.48123907]),
    ((0, 1, 1), False, -300.3641918077035, 604.728383615407, [0.29993143]),
    ((2, 1, 0), True, -293.9476402856045, 595.895280571209, [0.17074937, 0.18364363, -0.38438417]),
]


@pytest.mark.parametrize(("order", "drift", "likelihood", "aic", "parameters"), FITTED)
def test_the_fit_is_the_greatest_likelihood(
    visits: np.ndarray,
    order: tuple[int, int, int],
    drift: bool,
    likelihood: float,
    aic: float,
    parameters: list[float],
) -> None:
    fitted = fit_order(visits[:100] / 100, order, drift)
    assert fitted is not None
    model = fitted
    assert model.log_likelihood == pytest.approx(likelihood, abs=1e-4)
    assert model.aic == pytest.approx(aic, abs=2e-4)
    constant = [model.intercept_or_drift] if drift or order[1] == 0 else []
    assert [*constant, *model.ar, *model.ma] == pytest.approx(parameters, abs=2e-3, rel=1e-3)


def test_the_errors_of_the_forecast_grow_as_its_weights() -> None:
    model = Candidate(5, 0, 2, False, 0.0, 0.0, 1.3, (0.3, 0.1, 0.2, 0.05, -0.1), (0.4, 0.2), 0.0)
    _, errors = project(np.arange(30.0), model, 5)
    assert errors == pytest.approx([1.14017543, 1.39176147, 1.50835341, 1.58358382, 1.63819817])
    _, walk = project(np.arange(30.0), Candidate(0, 1, 0, False, 0.0, 0.0, 4.0, (), (), 0.0), 3)
    assert walk == pytest.approx([2.0, 2 * np.sqrt(2), 2 * np.sqrt(3)])


def test_a_drift_goes_on_and_two_differences_carry_the_slope() -> None:
    line = np.arange(10.0)
    values, _ = project(line, Candidate(0, 1, 0, True, 0.0, 0.0, 1.0, (), (), 1.0), 3)
    assert values == pytest.approx([10.0, 11.0, 12.0])
    values, _ = project(line, Candidate(0, 2, 0, False, 0.0, 0.0, 1.0, (), (), 0.0), 3)
    assert values == pytest.approx([10.0, 11.0, 12.0])


def test_a_long_series_finds_the_parameters_it_was_made_with() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(size=8_000)
    made = np.zeros(8_000)
    for t in range(1, 8_000):
        made[t] = 0.7 * made[t - 1] + noise[t] + 0.4 * noise[t - 1]
    fitted = fit_order(made + 5, (1, 0, 1), False)
    assert fitted is not None
    assert fitted.ar == pytest.approx((0.7,), abs=0.03)
    assert fitted.ma == pytest.approx((0.4,), abs=0.03)
    exact = whitened(made[:, None], np.array([0.7]), np.array([0.4]))
    assert exact is not None
    late = conditional(made[:, None], np.array([0.7]), np.array([0.4]))[100:, 0]
    assert late == pytest.approx((exact.columns[:, 0] * exact.scale)[100:], abs=1e-9)


def test_the_kpss_statistic_is_that_of_statsmodels(visits: np.ndarray) -> None:
    assert kpss(visits) == pytest.approx(1.7681698728296191, rel=1e-12)
    assert kpss(np.diff(visits)) == pytest.approx(0.02002791867647245, rel=1e-12)
    assert differences(visits) == 1
    assert differences(np.full(50, 3.5)) == 0
    assert differences(np.arange(60.0) ** 3) == 1


@pytest.mark.parametrize(("highest", "count"), [(1, 3), (2, 6), (3, 10), (4, 15), (5, 21)])
def test_the_candidates_are_as_many_as_documented(highest: int, count: int) -> None:
    assert len(orders(0, 0, highest)) == count
    assert len(orders(1, 0, highest)) == 2 * count
    assert min(p + q for p, _, q, _ in orders(1, 2, 5)) == 2


def test_a_root_at_the_unit_circle_is_seen() -> None:
    assert near_unit_root(Candidate(1, 0, 0, False, 0.0, 0.0, 1.0, (0.995,), (), 0.0))
    assert near_unit_root(Candidate(0, 1, 1, False, 0.0, 0.0, 1.0, (), (-0.995,), 0.0))
    assert not near_unit_root(Candidate(2, 0, 1, False, 0.0, 0.0, 1.0, (0.5, 0.3), (0.9,), 0.0))


@given(st.lists(st.floats(-0.95, 0.95), max_size=5))
def test_partial_autocorrelations_and_coefficients_are_the_same_process(partial: list[float]) -> None:
    back = ar_to_partial(partial_to_ar(np.array(partial)))
    assert back is not None
    assert back == pytest.approx(np.array(partial), abs=1e-6)


def test_a_process_that_explodes_has_no_partial_autocorrelations() -> None:
    assert ar_to_partial(np.array([1.2])) is None
