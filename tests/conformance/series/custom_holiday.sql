-- Holidays of one's own beside the training data.
-- source: time-series-forecasting-holidays-tutorial.md
-- covers: statement S7; syntax CUSTOM_HOLIDAY; tutorial 15; ML.HOLIDAY_INFO on arima_plus; ML.EXPLAIN_FORECAST on arima_plus
CREATE OR REPLACE MODEL `bqml.with_holidays`
OPTIONS (
  model_type = 'ARIMA_PLUS',
  holiday_region = 'US',
  time_series_timestamp_col = 'day',
  time_series_data_col = 'views',
  data_frequency = 'DAILY',
  horizon = 30)
AS (
  training_data AS (
    SELECT DATE_ADD(DATE '2020-01-01', INTERVAL n DAY) AS day, 100 + 10 * MOD(n, 7) + MOD(n * 7919, 5)
      + IF(DATE_ADD(DATE '2020-01-01', INTERVAL n DAY) IN ('2020-05-12', '2021-05-18', '2022-05-11'), 80, 0) AS views
    FROM UNNEST(GENERATE_ARRAY(0, 899)) AS n
  ),
  custom_holiday AS (
    SELECT 'US' AS region, 'GoogleIO' AS holiday_name, primary_date, 1 AS preholiday_days, 2 AS postholiday_days
    FROM UNNEST([DATE '2020-05-12', DATE '2021-05-18', DATE '2022-05-11']) AS primary_date
  )
);
SELECT time_series_timestamp, ROUND(holiday_effect_GoogleIO / 10) AS tens
FROM ML.EXPLAIN_FORECAST(MODEL `bqml.with_holidays`, STRUCT(30 AS horizon))
WHERE time_series_timestamp = '2021-05-18';
-- columns: time_series_timestamp TIMESTAMP, tens FLOAT64
-- rows:
-- ["2021-05-18T00:00:00+00:00", 8]
