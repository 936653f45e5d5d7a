-- The published errors against three days of 2500 visits, which are made up.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_score, live service: MAE 120.01, sMAPE 4.744
-- tolerance: 30 % as forecasts that are within 3 % of the published ones differ by more in their distance from a made-up number
-- covers: oracle ARIMA_PLUS; ML.EVALUATE on arima_plus
CREATE OR REPLACE MODEL bqml.visits_again OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'parsed_date', time_series_data_col = 'total_visits') AS
SELECT TIMESTAMP(REPLACE(parsed_date, ' UTC', '+00')) AS parsed_date, CAST(total_visits AS INT64) AS total_visits FROM bqml.time_series WHERE id = '1';
SELECT mean_absolute_error, symmetric_mean_absolute_percentage_error FROM ML.EVALUATE(MODEL bqml.visits_again,
  (SELECT day AS parsed_date, 2500 AS total_visits FROM UNNEST([TIMESTAMP '2017-08-02 00:00:00+00', TIMESTAMP '2017-08-03 00:00:00+00', TIMESTAMP '2017-08-04 00:00:00+00']) AS day));
-- columns: mean_absolute_error FLOAT64, symmetric_mean_absolute_percentage_error FLOAT64
-- rows:
-- [120.011007, 4.744332]
