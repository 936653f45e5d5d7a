-- The visits of BigQuery DataFrames' tests, and two short series with a regressor.
-- table: bqml.time_series = ../../data/bigquery-ml/time_series.jsonl
CREATE TABLE d.daily AS
SELECT DATE_ADD(DATE '2024-01-01', INTERVAL n DAY) AS day, shop, 100 + n / 4 + 10 * MOD(n, 7) + 3 * MOD(n * 37, 11) + IF(shop = 'a', 0, 50) AS sold, MOD(n * 37, 11) AS warm, IF(shop = 'a', 'north', 'south') AS region
FROM UNNEST(GENERATE_ARRAY(0, 139)) AS n, UNNEST(['a', 'b']) AS shop;
CREATE TABLE d.next_days AS
SELECT DATE_ADD(DATE '2024-01-01', INTERVAL n DAY) AS day, shop, 100 + n / 4 + 10 * MOD(n, 7) + 3 * MOD(n * 37, 11) + IF(shop = 'a', 0, 50) AS sold, MOD(n * 37, 11) AS warm, IF(shop = 'a', 'north', 'south') AS region
FROM UNNEST(GENERATE_ARRAY(140, 144)) AS n, UNNEST(['a', 'b']) AS shop;
CREATE MODEL d.one OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'day', time_series_data_col = 'sold', horizon = 30) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
CREATE MODEL d.two OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'day', time_series_data_col = 'sold', time_series_id_col = 'shop', horizon = 30) AS SELECT day, sold, shop FROM d.daily;
CREATE MODEL d.xreg OPTIONS (model_type = 'ARIMA_PLUS_XREG', time_series_timestamp_col = 'day', time_series_data_col = 'sold', horizon = 30) AS SELECT day, sold, warm FROM d.daily WHERE shop = 'a';
CREATE MODEL d.xreg_two OPTIONS (model_type = 'ARIMA_PLUS_XREG', time_series_timestamp_col = 'day', time_series_data_col = 'sold', time_series_id_col = ['shop'], horizon = 30) AS SELECT day, sold, warm, shop FROM d.daily;
