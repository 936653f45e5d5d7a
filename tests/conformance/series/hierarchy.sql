-- Sums over the levels agree with their parts; NULL stands where is summed.
-- source: arima-time-series-forecasting-with-hierarchical-time-series.md
-- covers: tutorial 17; option hierarchical_time_series_cols of arima_plus
CREATE OR REPLACE MODEL bqml.liquor
OPTIONS (MODEL_TYPE = 'ARIMA_PLUS', TIME_SERIES_TIMESTAMP_COL = 'date', TIME_SERIES_DATA_COL = 'total',
  TIME_SERIES_ID_COL = ['zip_code', 'store'], HIERARCHICAL_TIME_SERIES_COLS = ['zip_code', 'store'], HORIZON = 3)
AS SELECT DATE_ADD(DATE '2015-06-01', INTERVAL n DAY) AS date, zip_code, store, 50 + MOD(n, 7) + MOD(n * store, 5) AS total
FROM UNNEST(GENERATE_ARRAY(0, 59)) AS n,
  UNNEST([STRUCT('50314' AS zip_code, 1 AS store), STRUCT('50314', 2), STRUCT('50320', 3)]);
WITH f AS (SELECT * FROM ML.FORECAST(MODEL bqml.liquor, STRUCT(3 AS horizon)))
SELECT zip_code IS NULL AS all_zips, store IS NULL AS all_stores, COUNT(*) AS n,
  ROUND(SUM(forecast_value) - (SELECT SUM(forecast_value) FROM f WHERE store IS NOT NULL), 6) AS difference
FROM f GROUP BY 1, 2 ORDER BY 1, 2;
-- columns: all_zips BOOL, all_stores BOOL, n INT64, difference FLOAT64
-- rows:
-- [false, false, 9, 0]
-- [false, true, 6, 0]
-- [true, true, 3, 0]
