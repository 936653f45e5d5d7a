-- The published forecast of two years of visits, three days on.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_predict_default, live service
-- covers: oracle ARIMA_PLUS; ML.FORECAST on arima_plus; tutorial 7
-- tolerance: 5 % as the parts of the series are fitted by other means than the service's
CREATE OR REPLACE MODEL bqml.visits OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'parsed_date', time_series_data_col = 'total_visits') AS
SELECT PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S UTC', parsed_date) AS parsed_date, CAST(total_visits AS INT64) AS total_visits FROM bqml.time_series WHERE id = '1';
SELECT forecast_timestamp, forecast_value FROM ML.FORECAST(MODEL bqml.visits) ORDER BY forecast_timestamp;
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64
-- rows: 
-- ["2017-08-02T00:00:00+00:00", 2634.796023]
-- ["2017-08-03T00:00:00+00:00", 2621.332461]
-- ["2017-08-04T00:00:00+00:00", 2396.095462]
