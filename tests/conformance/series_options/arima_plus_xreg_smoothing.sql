-- A trend that is smoothed.
-- source: BigQuery bigqueryml-syntax-create-time-series.md
-- accepts: option trend_smoothing_window_size of arima_plus_xreg
CREATE OR REPLACE MODEL d.arima_plus_xreg_smooth OPTIONS (model_type = 'arima_plus_xreg', time_series_timestamp_col = 'day', time_series_data_col = 'sold', trend_smoothing_window_size = 3) AS SELECT day, sold, warm FROM d.daily WHERE shop = 'a';
SELECT COUNT(*) >= 1 AS made FROM ML.ARIMA_COEFFICIENTS(MODEL d.arima_plus_xreg_smooth);
-- columns: made BOOL
-- rows: 
-- [true]
