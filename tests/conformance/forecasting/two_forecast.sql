-- Of several series, their id comes first.
-- source: BigQuery bigqueryml-syntax-forecast.md
-- covers: ML.FORECAST on arima_plus; tutorial 8; option time_series_id_col of arima_plus
SELECT * FROM ML.FORECAST(MODEL d.two, STRUCT(5 AS horizon, 0.8 AS confidence_level)) ORDER BY shop, forecast_timestamp;
-- columns: shop STRING, forecast_timestamp TIMESTAMP, forecast_value FLOAT64, standard_error FLOAT64,
-- confidence_level FLOAT64, prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64,
-- confidence_interval_lower_bound FLOAT64, confidence_interval_upper_bound FLOAT64
-- rows: 10
