-- Ten columns of a forecast, one row a day.
-- source: BigQuery bigqueryml-syntax-forecast.md
-- covers: ML.FORECAST on arima_plus; model arima_plus; tutorial 7; option time_series_timestamp_col, time_series_data_col of arima_plus
-- accepts: option horizon of arima_plus
SELECT * FROM ML.FORECAST(MODEL d.one, STRUCT(5 AS horizon, 0.8 AS confidence_level));
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64, standard_error FLOAT64, confidence_level FLOAT64,
-- prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64,
-- confidence_interval_lower_bound FLOAT64, confidence_interval_upper_bound FLOAT64
-- rows: 5
