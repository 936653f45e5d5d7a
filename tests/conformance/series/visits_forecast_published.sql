-- The published forecast of two years of visits, three days on.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_predict_default, live service
-- covers: oracle ARIMA_PLUS; ML.FORECAST on arima_plus; tutorial 7
-- tolerance: 2 % as the parts of the series are fitted by other means than the service's
SELECT forecast_timestamp, forecast_value FROM ML.FORECAST(MODEL `bqml.visits_forecast`) ORDER BY forecast_timestamp;
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64
-- rows: 
-- ["2017-08-02T00:00:00+00:00", 2634.796023]
-- ["2017-08-03T00:00:00+00:00", 2621.332461]
-- ["2017-08-04T00:00:00+00:00", 2396.095462]
