-- A model without holidays has none.
-- source: bigqueryml-syntax-holiday-info.md
-- covers: ML.HOLIDAY_INFO on arima_plus_xreg
SELECT * FROM ML.HOLIDAY_INFO(MODEL bqml.air_quality);
-- columns: region STRING, holiday_name STRING, primary_date DATE, preholiday_days INT64, postholiday_days INT64
-- rows: 0
