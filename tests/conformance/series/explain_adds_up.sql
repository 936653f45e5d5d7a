-- The parts of the history and of the forecast add up to the value; the step changes and the residual are parts of the history.
-- source: bigqueryml-syntax-explain-forecast.md: time_series_adjusted_data = trend + seasons + holiday effect; the data also spikes, steps and residual
-- covers: ML.EXPLAIN_FORECAST on arima_plus
SELECT time_series_type, COUNT(*) AS n,
  MAX(ABS(time_series_data - (trend + IFNULL(seasonal_period_yearly, 0) + IFNULL(seasonal_period_quarterly, 0) + IFNULL(seasonal_period_monthly, 0)
    + IFNULL(seasonal_period_weekly, 0) + IFNULL(seasonal_period_daily, 0) + IFNULL(holiday_effect, 0) + IFNULL(spikes_and_dips, 0)
    + IFNULL(step_changes, 0) + IFNULL(residual, 0)))) < 1e-6 AS data_adds_up
FROM ML.EXPLAIN_FORECAST(MODEL `bqml.visits_forecast`, STRUCT(7 AS horizon, 0.9 AS confidence_level)) GROUP BY time_series_type ORDER BY time_series_type;
-- columns: time_series_type STRING, n INT64, data_adds_up BOOL
-- rows:
-- ["forecast", 7, true]
-- ["history", 366, true]
