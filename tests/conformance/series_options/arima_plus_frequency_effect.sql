-- Mondays only, yet a day is a step when the option says so.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option data_frequency of arima_plus
CREATE OR REPLACE MODEL d.arima_plus_daily OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), data_frequency = 'DAILY') AS SELECT day, sold FROM d.daily WHERE shop = 'a' AND EXTRACT(DAYOFWEEK FROM day) = 2;
SELECT forecast_timestamp FROM ML.FORECAST(MODEL d.arima_plus_daily) ORDER BY forecast_timestamp;
-- columns: forecast_timestamp TIMESTAMP
-- rows:
-- ["2024-05-14T00:00:00+00:00"]
-- ["2024-05-15T00:00:00+00:00"]
-- ["2024-05-16T00:00:00+00:00"]
