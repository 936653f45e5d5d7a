-- The published metrics of three new days; the percentages are in per cent.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_score, live service
-- tolerance: 24 % as these three errors are a twentieth of the forecasts: one per cent of a forecast is a fifth of its error
-- covers: ML.EVALUATE on arima_plus; oracle ARIMA_PLUS
SELECT mean_absolute_error, root_mean_squared_error, mean_absolute_percentage_error, symmetric_mean_absolute_percentage_error
FROM ML.EVALUATE(MODEL `bqml.visits_forecast`, (SELECT * FROM `bqml.new_visits`), STRUCT(True AS perform_aggregation, 3 AS horizon));
-- columns: mean_absolute_error FLOAT64, root_mean_squared_error FLOAT64, mean_absolute_percentage_error FLOAT64, symmetric_mean_absolute_percentage_error FLOAT64
-- rows:
-- [120.011007, 120.675442, 4.80044, 4.744332]
