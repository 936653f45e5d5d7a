-- The regressors of the future come as data, after the options.
-- source: BigQuery bigqueryml-syntax-forecast.md
-- covers: ML.FORECAST on arima_plus_xreg; model arima_plus_xreg; syntax FORECAST_THREE_ARGUMENTS; resolution forecast_order; tutorial 12; option time_series_timestamp_col, time_series_data_col of arima_plus_xreg
-- accepts: option horizon of arima_plus_xreg
SELECT * FROM ML.FORECAST(MODEL d.xreg, STRUCT(5 AS horizon, 0.8 AS confidence_level), (SELECT day, warm FROM d.next_days WHERE shop = 'a'));
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64, standard_error FLOAT64, confidence_level FLOAT64,
-- prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64,
-- confidence_interval_lower_bound FLOAT64, confidence_interval_upper_bound FLOAT64
-- rows: 5
