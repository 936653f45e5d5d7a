"""What a value should have been: the nearest word, also where the value is a list or holds pairs."""

from __future__ import annotations

import pytest

from penstock.core.options import GivenOption, OptionSpec, OptionValue, nearest_word, read_options

BOOSTER = OptionSpec("booster_type", "string", "GBTREE", "", choices=("GBTREE", "DART"))
SEASONS = OptionSpec("seasonalities", "string list", None, "", check=lambda _: "a list of seasons", words=("WEEKLY",))


@pytest.mark.parametrize(
    ("value", "spec", "told"),
    [
        ("gbtre", BOOSTER, "Did you mean 'GBTREE'?"),
        (["DART", "GBTREEE"], BOOSTER, "Did you mean 'GBTREE'?"),
        ([["weekli", "x"]], SEASONS, "Did you mean 'WEEKLY'?"),
        (["dart"], BOOSTER, None),
        (["nothing like it"], BOOSTER, None),
        (7, BOOSTER, None),
    ],
)
def test_the_nearest_word_is_found_within_a_value(value: OptionValue, spec: OptionSpec, told: str | None) -> None:
    assert nearest_word(value, spec) == told


def test_a_refused_list_tells_the_nearest_word() -> None:
    _, findings = read_options({"seasonalities": GivenOption(["WEEKLI"])}, [SEASONS], "model type arima_plus")
    assert [finding.hint for finding in findings] == ["Did you mean 'WEEKLY'?"]
