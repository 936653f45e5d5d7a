-- What each regressor adds has a column of its own; in the forecast the parts add up to the value.
-- source: bigqueryml-syntax-explain-forecast.md; arima-plus-xreg tutorials
-- covers: ML.EXPLAIN_FORECAST on arima_plus_xreg; tutorial 12; tutorial 13
SELECT county, time_series_type, COUNT(*) AS n, MAX(ABS(time_series_data - trend - IFNULL(seasonal_period_weekly, 0)
  - IFNULL(seasonal_period_monthly, 0) - attribution_temperature - attribution_wind_speed)) < 0.001 AS adds_up
FROM ML.EXPLAIN_FORECAST(MODEL bqml.air_by_county, STRUCT(10 AS horizon), TABLE bqml.future_air)
WHERE time_series_type = 'forecast' GROUP BY county, time_series_type ORDER BY county;
-- columns: county STRING, time_series_type STRING, n INT64, adds_up BOOL
-- rows:
-- ["King", "forecast", 10, true]
-- ["Pierce", "forecast", 10, true]
