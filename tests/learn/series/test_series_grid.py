"""Times become a regular grid: by the calendar where it is months, with nothing lost on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.series.frequency import DAY, HOUR, MINUTE, WEEK, Frequency, Step, inferred_step
from penstock.learn.series.grid import Grid, again, regular


def moments(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[us]").astype(np.int64)


def texts(times: np.ndarray) -> list[str]:
    return [str(day) for day in times.astype("datetime64[us]").astype("datetime64[D]")]


def grid_of(times: np.ndarray, values: list[float], **options: object) -> Grid:
    given_options = {"frequency": None, "lower": None, "upper": None} | options
    grid = regular(times, np.array(values, np.float64), **given_options)  # type: ignore[arg-type]
    assert isinstance(grid, Grid), grid
    return grid


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (moments("2020-01-01", "2020-02-01", "2020-03-01", "2020-04-01"), Step(months=1)),
        (moments("2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30"), Step(months=1, month_end=True)),
        (moments("2020-01-15", "2020-04-15", "2020-07-15", "2020-10-15"), Step(months=3)),
        (moments("2019-02-28", "2020-02-28", "2021-02-28"), Step(months=12)),
        (moments("2020-02-28", "2020-02-29", "2020-03-01"), Step(microseconds=DAY)),
        (moments("2020-01-06", "2020-01-13", "2020-01-20"), Step(microseconds=WEEK)),
        (moments("2020-01-01T00", "2020-01-01T01", "2020-01-01T02"), Step(microseconds=HOUR)),
        (moments("2020-01-01T00:00", "2020-01-01T00:05", "2020-01-01T00:10"), Step(microseconds=5 * MINUTE)),
    ],
)
def test_the_step_is_read_off_the_times(times: np.ndarray, step: Step) -> None:
    assert inferred_step(times) == step


def test_a_gap_does_not_change_the_step() -> None:
    times = moments("2020-01-01", "2020-01-02", "2020-01-05", "2020-01-06", "2020-01-07")
    assert inferred_step(times) == Step(microseconds=DAY)


def test_months_go_on_at_the_month_end() -> None:
    step = Step(months=1, month_end=True)
    assert texts(step.times(int(moments("2023-11-30")[0]), 5)) == [
        "2023-11-30",
        "2023-12-31",
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
    ]


def test_a_day_that_a_month_lacks_is_its_last() -> None:
    assert texts(Step(months=1).times(int(moments("2023-01-30")[0]), 3)) == ["2023-01-30", "2023-02-28", "2023-03-30"]


def test_rows_of_one_time_are_averaged_and_gaps_filled_on_a_line() -> None:
    times = moments("2020-01-04", "2020-01-01", "2020-01-02", "2020-01-02", "2020-01-05")
    grid = grid_of(times, [4.0, 1.0, 1.0, 3.0, 9.0])
    assert grid.values.tolist() == [1.0, 2.0, 3.0, 4.0, 9.0]
    assert grid.present.tolist() == [True, True, False, True, True]
    assert grid.notes == ("rows of the same time were averaged", "times without a row were interpolated")


def test_rows_without_a_finite_value_are_gaps() -> None:
    times = moments("2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05")
    grid = grid_of(times, [np.nan, 2.0, np.inf, 4.0, np.nan])
    assert grid.values.tolist() == [2.0, 3.0, 4.0]
    assert texts(grid.times) == ["2020-01-02", "2020-01-03", "2020-01-04"]
    assert grid.rows.tolist() == [-1, 0, -1, 2, -1]


def test_points_at_or_over_a_limit_are_dropped() -> None:
    times = moments("2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04")
    grid = grid_of(times, [1.0, 0.0, 3.0, 10.0], lower=0.0, upper=10.0)
    assert grid.values.tolist() == [1.0, 2.0, 3.0]
    assert "inside the limits" in str(regular(times, np.zeros(4), None, 0.0, None))


def test_times_that_are_not_quite_regular_fall_on_the_nearest_place() -> None:
    times = moments("2020-01-01T00:00:01", "2020-01-01T01:00:00", "2020-01-01T02:00:03", "2020-01-01T02:59:59")
    grid = grid_of(times, [1.0, 2.0, 3.0, 4.0])
    assert grid.values.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_frequency_that_is_asked_for_coarsens_by_means() -> None:
    times = moments("2020-01-01T00", "2020-01-01T06", "2020-01-02T00", "2020-01-02T06", "2020-01-03T00")
    grid = grid_of(times, [1.0, 3.0, 5.0, 7.0, 9.0], frequency=Frequency.DAILY)
    assert grid.values.tolist() == [2.0, 6.0, 9.0]


@pytest.mark.parametrize(
    ("times", "values", "words"),
    [
        (moments("2020-01-01", "2020-01-01"), [1.0, 2.0], "all rows have the same time"),
        (moments("2020-01-01", "2020-01-02"), [np.nan, np.nan], "no row has a value"),
        (moments(), [], "no row has a value"),
        (moments("1970-01-01T00:00", "1970-01-01T00:01", "1970-01-01T00:02", "2020-01-01"), [1.0] * 4, "1,000,000"),
    ],
)
def test_what_is_no_series_says_why(times: np.ndarray, values: list[float], words: str) -> None:
    assert words in str(regular(times, np.array(values), None, None, None))


@given(st.sets(st.integers(0, 400), min_size=2, max_size=60), st.sampled_from(["month", "quarter", "day", "hour"]))
def test_every_row_has_the_place_of_its_time(places: set[int], unit: str) -> None:
    step = {
        "month": Step(months=1),
        "quarter": Step(months=3),
        "day": Step(microseconds=DAY),
        "hour": Step(microseconds=HOUR),
    }[unit]
    start = int(moments("1999-12-31")[0])
    index = np.array(sorted(places), np.int64)
    times = step.times(start, int(index.max()) + 1)[index]
    assert step.index(times, start).tolist() == index.tolist()


def test_days_of_a_place_with_summer_time_are_days() -> None:
    zone = ZoneInfo("America/New_York")
    midnights = [datetime(2021, 1, 1, tzinfo=zone) + timedelta(days=k) for k in range(400)]
    times = np.array([int(moment.timestamp()) * 1_000_000 for moment in midnights])
    grid = grid_of(times, list(range(400)))
    assert grid.step == Step(microseconds=DAY)
    assert grid.values.tolist() == list(range(400))


def test_months_of_a_place_east_of_greenwich_end_on_the_day_before() -> None:
    zone = ZoneInfo("Asia/Seoul")
    months = [datetime(2015 + k // 12, k % 12 + 1, 1, tzinfo=zone) for k in range(40)]
    times = np.array([int(moment.timestamp()) * 1_000_000 for moment in months])
    grid = grid_of(times, list(range(40)))
    assert grid.step == Step(months=1, month_end=True)
    assert grid.times.tolist() == times.tolist()
    assert grid.step.times(int(times[0]), 1, 40)[0] == int(datetime(2018, 5, 1, tzinfo=zone).timestamp()) * 1_000_000


def test_weekends_between_business_days_are_gaps() -> None:
    days = np.arange("2020-01-06", "2020-02-15", dtype="datetime64[D]")
    times = days[np.is_busday(days)].astype("datetime64[us]").astype(np.int64)
    grid = grid_of(times, np.ones(len(times)).tolist())
    assert grid.step == Step(microseconds=DAY)
    assert (~grid.present).sum() == 10


@given(
    values=st.lists(st.sampled_from([1.0, 2.5, -3.0, 0.0, np.nan, np.inf]), min_size=6, max_size=6),
    lower=st.sampled_from([None, 0.0]),
    upper=st.sampled_from([None, 2.5]),
)
def test_another_series_at_the_same_times_has_the_grid_that_it_would_have_by_itself(
    values: list[float], lower: float | None, upper: float | None
):
    times = np.arange(6, dtype=np.int64) * DAY
    before = regular(times, np.arange(6.0), None, None, None)
    assert not isinstance(before, str)
    found = again(before, np.array(values), lower, upper)
    alone = regular(times, np.array(values), None, lower, upper)
    whole = not isinstance(alone, str) and not alone.notes and len(alone.values) == 6
    assert (found is not None) == whole
    if found is not None and not isinstance(alone, str):
        np.testing.assert_array_equal(found.values, alone.values)
        np.testing.assert_array_equal(found.times, alone.times)
        assert (found.step, found.notes) == (alone.step, alone.notes)


def test_a_series_after_one_with_gaps_is_looked_at_by_itself():
    gaps = regular(np.array([0, 2, 3], np.int64) * DAY, np.ones(3), None, None, None)
    assert not isinstance(gaps, str)
    assert again(gaps, np.ones(3), None, None) is None
