-- The same with regressors.
-- source: BigQuery bigqueryml-syntax-holiday-info.md
-- covers: ML.HOLIDAY_INFO on arima_plus_xreg; statement S7; option holiday_region of arima_plus_xreg
CREATE OR REPLACE MODEL bqml.festive_xreg OPTIONS (model_type = 'arima_plus_xreg', holiday_region = 'US', time_series_timestamp_col = 'date', time_series_data_col = 'pm25', time_series_id_col = 'county')
AS (
  training_data AS (SELECT date, pm25, county, wind_speed FROM bqml.air),
  custom_holiday AS (
    SELECT 'US' AS region, 'SpringSale' AS holiday_name, primary_date, 1 AS preholiday_days, 1 AS postholiday_days
    FROM UNNEST([DATE '2009-02-10', DATE '2009-04-10']) AS primary_date));
SELECT * FROM ML.HOLIDAY_INFO(MODEL bqml.festive_xreg) WHERE primary_date BETWEEN '2009-01-10' AND '2009-05-01' ORDER BY primary_date;
-- columns: region STRING, holiday_name STRING, primary_date DATE, preholiday_days INT64, postholiday_days INT64
-- rows:
-- ["US", "Martin_Luther_King_Jr_Day", "2009-01-19", 1, 1]
-- ["US", "SpringSale", "2009-02-10", 1, 1]
-- ["US", "Washingtons_Birthday", "2009-02-16", 1, 1]
-- ["US", "SpringSale", "2009-04-10", 1, 1]
