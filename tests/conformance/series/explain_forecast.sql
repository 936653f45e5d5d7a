-- History and forecast, taken apart.
-- source: bigqueryml-syntax-explain-forecast.md
-- covers: ML.EXPLAIN_FORECAST on arima_plus; tutorial 7
SELECT * FROM ML.EXPLAIN_FORECAST(MODEL `bqml.visits_forecast`, STRUCT(2 AS horizon, 0.9 AS confidence_level));
-- columns: time_series_timestamp TIMESTAMP, time_series_type STRING, time_series_data FLOAT64, time_series_adjusted_data FLOAT64,
--   standard_error FLOAT64, confidence_level FLOAT64, prediction_interval_lower_bound FLOAT64,
--   prediction_interval_upper_bound FLOAT64, trend FLOAT64, seasonal_period_yearly FLOAT64, seasonal_period_quarterly FLOAT64,
--   seasonal_period_monthly FLOAT64, seasonal_period_weekly FLOAT64, seasonal_period_daily FLOAT64, holiday_effect FLOAT64,
--   spikes_and_dips FLOAT64, step_changes FLOAT64, residual FLOAT64
-- rows: 368
