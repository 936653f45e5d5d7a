"""Durations: what they mean, what is refused, and that what is printed is read again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import InvalidOption
from penstock.project.duration import (
    duration_problem,
    duration_text,
    parse_duration,
    positive_duration_problem,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 days", timedelta(days=7)),
        ("1 day", timedelta(days=1)),
        ("36 HOURS", timedelta(hours=36)),
        ("15 minutes", timedelta(minutes=15)),
        ("2 weeks", timedelta(days=14)),
        ("1.5 hours", timedelta(minutes=90)),
        ("1 day 12 hours", timedelta(hours=36)),
        ("  30   seconds ", timedelta(seconds=30)),
        ("0 seconds", timedelta(0)),
    ],
)
def test_a_duration_means_what_it_says(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected
    assert duration_problem(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "7", "days", "7 dayz", "-1 days", "1e3 days", "nan days", "7 days ago", "1 . days", "١ parsec"],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidOption, match="36 hours"):
        parse_duration(text)


def test_a_month_is_refused_because_it_has_no_fixed_length() -> None:
    with pytest.raises(InvalidOption, match="a month has no fixed length"):
        parse_duration("2 months")


def test_a_duration_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(InvalidOption, match="shorter than"):
        parse_duration("99999999999999 weeks")
    with pytest.raises(InvalidOption, match="shorter than"):
        parse_duration(f"{'9' * 400} weeks")


def test_a_duration_that_must_be_positive_refuses_nothing_at_all() -> None:
    assert positive_duration_problem("0 seconds") is not None
    assert positive_duration_problem("1 second") is None
    assert positive_duration_problem(7) is not None


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=100_000)))
def test_what_is_printed_is_read_again(duration: timedelta) -> None:
    assert abs(parse_duration(duration_text(duration)) - duration) <= timedelta(microseconds=1)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert duration_problem(text) is None or "duration" in str(duration_problem(text))
