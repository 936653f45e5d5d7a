-- Or before them.
-- source: BigQuery bigqueryml-syntax-forecast.md
-- covers: ML.FORECAST on arima_plus_xreg; resolution forecast_order
SELECT * FROM ML.FORECAST(MODEL d.xreg, (SELECT day, warm FROM d.next_days WHERE shop = 'a'), STRUCT(5 AS horizon, 0.8 AS confidence_level));
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64, standard_error FLOAT64, confidence_level FLOAT64,
-- prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64,
-- confidence_interval_lower_bound FLOAT64, confidence_interval_upper_bound FLOAT64
-- rows: 5
