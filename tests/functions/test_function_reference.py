"""The generated reference says of each option whether it must be given, and what holds where it is not."""

from __future__ import annotations

from penstock.functions.reference import reference_markdown


def rows_of(function: str) -> dict[str, str]:
    """Return the defaults of a function's options by name, as the page shows them."""
    section = reference_markdown().split(f"## {function}\n", 1)[1].split("\n## ", 1)[0].split("| column | type |", 1)[0]
    cells = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {line[0].strip("| `"): line[2] for line in cells}


def test_an_option_without_a_default_need_not_be_given() -> None:
    assert rows_of("ML.PREDICT")["trial_id"] == "none"
    assert rows_of("ML.PREDICT")["threshold"] != "none"


def test_a_needed_argument_must_be_given() -> None:
    assert rows_of("ML.BUCKETIZE")["array_split_points"] == "must be given"
    assert rows_of("ML.QUANTILE_BUCKETIZE")["num_buckets"] == "must be given"
