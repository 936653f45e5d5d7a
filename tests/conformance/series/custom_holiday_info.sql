-- The holidays of a region and those that are given beside the training data.
-- source: BigQuery bigqueryml-syntax-holiday-info.md; time-series-forecasting-holidays-tutorial.md
-- covers: ML.HOLIDAY_INFO on arima_plus; statement S7; syntax CUSTOM_HOLIDAY; tutorial 15; option holiday_region of arima_plus
CREATE OR REPLACE MODEL d.festive OPTIONS (model_type = 'arima_plus', holiday_region = 'US', time_series_timestamp_col = 'day', time_series_data_col = 'sold', time_series_id_col = 'shop')
AS (
  training_data AS (SELECT day, sold, shop FROM d.daily),
  custom_holiday AS (
    SELECT 'US' AS region, 'SpringSale' AS holiday_name, primary_date, 1 AS preholiday_days, 1 AS postholiday_days
    FROM UNNEST([DATE '2024-02-10', DATE '2024-04-10']) AS primary_date));
SELECT * FROM ML.HOLIDAY_INFO(MODEL d.festive) WHERE holiday_name = 'SpringSale' ORDER BY primary_date;
-- columns: region STRING, holiday_name STRING, primary_date DATE, preholiday_days INT64, postholiday_days INT64
-- rows:
-- ["US", "SpringSale", "2024-02-10", 1, 1]
-- ["US", "SpringSale", "2024-04-10", 1, 1]
