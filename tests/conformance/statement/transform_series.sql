-- TRANSFORM of a time series passes its columns on, and the rest as in a query: TRANSFORM(*) forecasts what the query alone forecasts.
-- source: BigQuery bigqueryml-syntax-create.md (TRANSFORM), a line of numbers goes on as a line
-- covers: statement S5
CREATE OR REPLACE MODEL shop.series_passed TRANSFORM (*) OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'd', time_series_data_col = 'y', horizon = 2) AS SELECT DATE_ADD(DATE '2020-01-01', INTERVAL i DAY) AS d, i * 1.0 AS y FROM UNNEST(GENERATE_ARRAY(1, 30)) AS i;
SELECT ROUND(forecast_value, 6) AS forecast_value FROM ML.FORECAST(MODEL shop.series_passed) ORDER BY forecast_timestamp;
-- columns: forecast_value FLOAT64
-- rows:
-- [31.0]
-- [32.0]
