-- The holidays of a region and those that are given beside the training data.
-- source: BigQuery bigqueryml-syntax-holiday-info.md; time-series-forecasting-holidays-tutorial.md
-- covers: ML.HOLIDAY_INFO on arima_plus; statement S7; syntax CUSTOM_HOLIDAY; tutorial 15; option holiday_region of arima_plus
CREATE OR REPLACE MODEL bqml.festive OPTIONS (model_type = 'arima_plus', holiday_region = 'US', time_series_timestamp_col = 'start_date', time_series_data_col = 'num_trips', time_series_id_col = 'station')
AS (
  training_data AS (SELECT start_date, num_trips, station FROM bqml.trips),
  custom_holiday AS (
    SELECT 'US' AS region, 'SpringSale' AS holiday_name, primary_date, 1 AS preholiday_days, 1 AS postholiday_days
    FROM UNNEST([DATE '2014-02-10', DATE '2014-04-10']) AS primary_date));
SELECT * FROM ML.HOLIDAY_INFO(MODEL bqml.festive) WHERE primary_date BETWEEN '2014-01-10' AND '2014-05-01' ORDER BY primary_date;
-- columns: region STRING, holiday_name STRING, primary_date DATE, preholiday_days INT64, postholiday_days INT64
-- rows:
-- ["US", "Martin_Luther_King_Jr_Day", "2014-01-20", 1, 1]
-- ["US", "SpringSale", "2014-02-10", 1, 1]
-- ["US", "Washingtons_Birthday", "2014-02-17", 1, 1]
-- ["US", "SpringSale", "2014-04-10", 1, 1]
