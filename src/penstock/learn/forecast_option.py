"""The options of time series models, and what must hold between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.series.fitted_series import SeriesSettings
from penstock.learn.series.frequency import Frequency

TIMESTAMP, DATA, ID = "time_series_timestamp_col", "time_series_data_col", "time_series_id_col"
HIERARCHY = "hierarchical_time_series_cols"
AUTO_FREQUENCY = "AUTO_FREQUENCY"
SEASONS = ("DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY")
NO_SEASONALITY, AUTO = "NO_SEASONALITY", "AUTO"
MOST_AHEAD, MOST_ORDER = 10_000, 5


def _order_problem(value: OptionValue) -> str | None:
    numbers = list(value.values()) if isinstance(value, Mapping) else value
    limits = (MOST_ORDER, 2, MOST_ORDER)
    good = (
        isinstance(numbers, list | tuple)
        and len(numbers) == 3
        and all(type(number) is int and 0 <= number <= most for number, most in zip(numbers, limits, strict=True))
    )
    return None if value is None or good else "(p, d, q) with p and q from 0 to 5 and d from 0 to 2"


def _season_problem(value: OptionValue) -> str | None:
    words = [str(word).upper() for word in cast("Sequence[object]", value)] if value else []
    alone = words in ([AUTO], [NO_SEASONALITY])
    if value is None or alone or (words and set(words) <= set(SEASONS)):
        return None
    return f"['AUTO'], ['NO_SEASONALITY'], or a list of {', '.join(SEASONS)}"


_COLUMNS: tuple[OptionSpec, ...] = (
    OptionSpec(
        TIMESTAMP, "string", None, "The column of times: DATE, DATETIME or TIMESTAMP; required.", names_column=True
    ),
    OptionSpec(DATA, "string", None, "The column of the numbers to forecast; required.", names_column=True),
    OptionSpec(
        ID,
        "string list",
        None,
        "The column or columns that tell many series apart: texts or whole numbers. Each is fitted by itself.",
        names_column=True,
    ),
)
_FITTING: tuple[OptionSpec, ...] = (
    OptionSpec("horizon", "integer", 1000, "How many steps ahead are forecast.", minimum=1, maximum=MOST_AHEAD),
    OptionSpec("auto_arima", "boolean", True, "Choose the order of the ARIMA model of the trend by its AIC."),
    OptionSpec("auto_arima_max_order", "integer", 2, "The most that p + q may be.", minimum=1, maximum=MOST_ORDER),
    OptionSpec("auto_arima_min_order", "integer", 0, "The least that p + q may be.", minimum=0, maximum=4),
    OptionSpec(
        "non_seasonal_order",
        "any",
        None,
        "(p, d, q) of the ARIMA model, where auto_arima = FALSE.",
        check=_order_problem,
    ),
    OptionSpec("include_drift", "boolean", False, "Whether a model with d = 1 drifts, where auto_arima = FALSE."),
    OptionSpec(
        "data_frequency",
        "string",
        AUTO_FREQUENCY,
        "The step of the series; AUTO_FREQUENCY reads it off the times.",
        choices=(AUTO_FREQUENCY, *(str(word) for word in Frequency)),
    ),
    OptionSpec(
        "holiday_region",
        "string list",
        None,
        "The region or regions whose holidays are modelled: GLOBAL, NA, JAPAC, EMEA, LAC, or a country's code of two "
        "letters. Of daily and weekly series longer than a year.",
    ),
    OptionSpec("clean_spikes_and_dips", "boolean", True, "Take spikes and dips out before anything is learned."),
    OptionSpec("adjust_step_changes", "boolean", True, "Take lasting jumps of the level out."),
    OptionSpec(
        "time_series_length_fraction",
        "number",
        None,
        "The newest share of each series that its trend is learned from.",
        minimum=0,
        maximum=1,
        exclusive=True,
    ),
    OptionSpec(
        "min_time_series_length",
        "integer",
        None,
        "The least number of times that time_series_length_fraction leaves; 20 without it.",
        minimum=4,
    ),
    OptionSpec(
        "max_time_series_length", "integer", None, "The newest times that the trend is learned from.", minimum=4
    ),
    OptionSpec(
        "trend_smoothing_window_size",
        "integer",
        None,
        "Smooth the trend by a centred moving average over so many times.",
        minimum=1,
    ),
)
SEASONALITIES = OptionSpec(
    "seasonalities",
    "string list",
    [AUTO],
    "The seasons: ['AUTO'], ['NO_SEASONALITY'], or a list of DAILY, WEEKLY, MONTHLY, QUARTERLY, YEARLY.",
    check=_season_problem,
    words=(AUTO, NO_SEASONALITY, *SEASONS),
)
_OF_ONE_VARIABLE: tuple[OptionSpec, ...] = (
    OptionSpec(
        "decompose_time_series",
        "boolean",
        True,
        "Keep the history and its parts, which ML.EXPLAIN_FORECAST and ML.DETECT_ANOMALIES without data show.",
    ),
    OptionSpec(
        "forecast_limit_lower_bound",
        "number",
        None,
        "What forecasts stay above; training rows at or below it are left out.",
    ),
    OptionSpec(
        "forecast_limit_upper_bound",
        "number",
        None,
        "What forecasts stay below; training rows at or above it are left out.",
    ),
    SEASONALITIES,
    OptionSpec(
        HIERARCHY,
        "string list",
        None,
        "Of the columns of time_series_id_col those to sum over, the widest first; the sums are forecast as the sums "
        "of the forecasts, with NULL in the columns that they are over.",
    ),
)
_OF_REGRESSORS: tuple[OptionSpec, ...] = (
    OptionSpec("l2_reg", "number", 0.0, "How strongly great weights of the regressors are held back.", minimum=0),
)
ARIMA_PLUS_OPTIONS = (*_COLUMNS, *_FITTING, *_OF_ONE_VARIABLE)
ARIMA_PLUS_XREG_OPTIONS = (*_COLUMNS, *_FITTING, *_OF_REGRESSORS)


def series_settings(options: Mapping[str, OptionValue]) -> SeriesSettings:
    """Return what a series is fitted with; raises InvalidOption for options that do not go together."""
    _check(options)
    frequency = options["data_frequency"]
    order = options["non_seasonal_order"]
    numbers = list(order.values()) if isinstance(order, Mapping) else order
    return SeriesSettings(
        horizon=cast("int", options["horizon"]),
        auto_arima=options["auto_arima"] is True,
        max_order=cast("int", options["auto_arima_max_order"]),
        min_order=cast("int", options["auto_arima_min_order"]),
        order=None if numbers is None else cast("tuple[int, int, int]", tuple(cast("Sequence[int]", numbers))),
        include_drift=options["include_drift"] is True,
        frequency=None if frequency == AUTO_FREQUENCY else Frequency(str(frequency)),
        seasonalities=seasons(options.get("seasonalities")),
        clean_spikes_and_dips=options["clean_spikes_and_dips"] is True,
        adjust_step_changes=options["adjust_step_changes"] is True,
        lower=cast("float | None", options.get("forecast_limit_lower_bound")),
        upper=cast("float | None", options.get("forecast_limit_upper_bound")),
        length_fraction=cast("float | None", options["time_series_length_fraction"]),
        min_length=cast("int | None", options["min_time_series_length"]) or 20,
        max_length=cast("int | None", options["max_time_series_length"]),
        trend_smoothing_window=cast("int | None", options["trend_smoothing_window_size"]),
        decompose=options.get("decompose_time_series") is not False,
    )


def seasons(value: OptionValue) -> tuple[str, ...] | None:
    """Return the seasons that the option names, in lower case: None for AUTO, () for none."""
    words = [str(word).lower() for word in cast("Sequence[object]", value)] if value else [AUTO.lower()]
    if words == [AUTO.lower()]:
        return None
    return () if words == [NO_SEASONALITY.lower()] else tuple(dict.fromkeys(words))


def _check(options: Mapping[str, OptionValue]) -> None:
    for name, what in ((TIMESTAMP, "times"), (DATA, "numbers to forecast")):
        if options[name] is None:
            raise InvalidOption.of(
                f"A time series model needs the option {name}.", hint=f"It names the column of the {what}."
            )
    if options.get(ID) == []:
        raise InvalidOption.of(f"Option {ID} names no column.", hint="Leave it out for a single series.", option=ID)
    if options["non_seasonal_order"] is not None and options["auto_arima"]:
        raise InvalidOption.of(
            "Option non_seasonal_order needs auto_arima = FALSE.",
            hint="Leave one of them out.",
            option="non_seasonal_order",
        )
    if options["non_seasonal_order"] is None and not options["auto_arima"]:
        raise InvalidOption.of(
            "auto_arima = FALSE needs the option non_seasonal_order.",
            hint="Give it as (p, d, q), such as (1, 1, 1).",
            option="auto_arima",
        )
    if options["include_drift"]:
        order = options["non_seasonal_order"]
        numbers = list(order.values()) if isinstance(order, Mapping) else order
        if numbers is None or cast("Sequence[int]", numbers)[1] != 1:
            raise InvalidOption.of(
                "Option include_drift needs auto_arima = FALSE and a non_seasonal_order with d = 1.",
                hint="auto_arima tries models with drift by itself.",
                option="include_drift",
            )
    if cast("int", options["auto_arima_min_order"]) > cast("int", options["auto_arima_max_order"]):
        raise InvalidOption.of(
            "auto_arima_min_order is greater than auto_arima_max_order.",
            hint="Lower it.",
            option="auto_arima_min_order",
        )
    _check_lengths(options)
    lower, upper = options.get("forecast_limit_lower_bound"), options.get("forecast_limit_upper_bound")
    if lower is not None and upper is not None and cast("float", lower) >= cast("float", upper):
        raise InvalidOption.of(
            "forecast_limit_lower_bound is not less than forecast_limit_upper_bound.",
            hint="Nothing lies between.",
            option="forecast_limit_lower_bound",
        )


def _check_lengths(options: Mapping[str, OptionValue]) -> None:
    fraction = options["time_series_length_fraction"]
    if options["min_time_series_length"] is not None and fraction is None:
        raise InvalidOption.of(
            "Option min_time_series_length needs time_series_length_fraction.",
            hint="Give both, or neither.",
            option="min_time_series_length",
        )
    if options["max_time_series_length"] is not None and fraction is not None:
        raise InvalidOption.of(
            "Options max_time_series_length and time_series_length_fraction exclude each other.",
            hint="Give one of them.",
            option="max_time_series_length",
        )
