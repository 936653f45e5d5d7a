-- Forecasts stay inside the limits.
-- source: arima-time-series-forecasting-with-limits-tutorial.md
-- covers: tutorial 16; option forecast_limit_lower_bound, forecast_limit_upper_bound of arima_plus
CREATE OR REPLACE MODEL bqml.limited
OPTIONS (MODEL_TYPE = 'ARIMA_PLUS', TIME_SERIES_TIMESTAMP_COL = 'day', TIME_SERIES_DATA_COL = 'total',
  FORECAST_LIMIT_LOWER_BOUND = 0, FORECAST_LIMIT_UPPER_BOUND = 100, HORIZON = 60)
AS SELECT DATE_ADD(DATE '2020-01-01', INTERVAL n DAY) AS day, 99 - n AS total FROM UNNEST(GENERATE_ARRAY(0, 79)) AS n;
SELECT COUNT(*) AS n, MIN(forecast_value) >= 0 AS above, MAX(forecast_value) <= 100 AS below,
  MIN(prediction_interval_lower_bound) >= 0 AS interval_above
FROM ML.FORECAST(MODEL bqml.limited, STRUCT(60 AS horizon));
-- columns: n INT64, above BOOL, below BOOL, interval_above BOOL
-- rows:
-- [60, true, true, true]
