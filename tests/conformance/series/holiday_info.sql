-- The holidays of a region, for the years of the series.
-- source: bigqueryml-syntax-holiday-info.md
-- covers: ML.HOLIDAY_INFO on arima_plus; option holiday_region of arima_plus
SELECT * FROM ML.HOLIDAY_INFO(MODEL bqml.trips_by_station) WHERE primary_date = '2014-12-25';
-- columns: region STRING, holiday_name STRING, primary_date DATE, preholiday_days INT64, postholiday_days INT64
-- rows:
-- ["US", "Christmas_Day", "2014-12-25", 1, 1]
