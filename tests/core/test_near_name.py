"""Which name is suggested for one that there is not, and when none is."""

from __future__ import annotations

import pytest

from penstock.core.names import did_you_mean, nearest_name, with_article


@pytest.mark.parametrize(
    ("name", "known", "nearest"),
    [
        ("demnad", ["demand", "domain"], "demand"),
        ("custmer_id", ["customer_id", "custom"], "customer_id"),
        ("Will_Bye", ["will_buy"], "will_buy"),
        ("hours", ["raw.hours", "house_prices"], "raw.hours"),
        ("price", ["unit_price"], "unit_price"),
        ("count", ["at", "cnt"], "cnt"),
        ("hr", ["yr", "hour"], "hour"),
        ("mm", ["m"], "m"),
        ("수요량", ["수요", "공급"], "수요"),
        ("a", ["ab", "b"], "ab"),
    ],
)
def test_a_slip_is_told(name: str, known: list[str], nearest: str) -> None:
    assert nearest_name(name, known) == nearest


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("hr", ["yr"]),
        ("x1", ["x2"]),
        ("temp", ["hum", "windspeed"]),
        ("weekday", ["workingday"]),
        ("age", ["fare", "sex"]),
        ("기온", ["습도", "기압"]),
        ("total", []),
    ],
)
def test_another_name_is_not_suggested(name: str, known: list[str]) -> None:
    assert nearest_name(name, known) is None


def test_the_nearest_of_several_is_told_and_always_the_same_of_equals() -> None:
    assert nearest_name("trips", ["strips", "trip", "tripss", "drips"]) == "trip"
    assert nearest_name("model", ["models", "modes", "modal_x"]) == "models"
    assert did_you_mean("zzz", ["b", "a"]) == "Known: a, b."


@pytest.mark.parametrize(
    "told", ["an arima_plus", "an automl_regressor", "an onnx", "an xgboost", "a kmeans", "a linear_reg", "a pca"]
)
def test_a_model_type_has_the_article_that_it_is_read_with(told: str) -> None:
    assert with_article(told.split()[1]) == told
