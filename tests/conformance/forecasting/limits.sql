-- A forecast stays within its limits.
-- source: BigQuery arima-time-series-forecasting-with-limits-tutorial.md
-- covers: tutorial 16; option forecast_limit_lower_bound, forecast_limit_upper_bound of arima_plus
CREATE OR REPLACE MODEL d.limited OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'day', time_series_data_col = 'sold', forecast_limit_lower_bound = 90, forecast_limit_upper_bound = 300) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
SELECT MIN(prediction_interval_lower_bound) > 90 AS low, MAX(prediction_interval_upper_bound) < 300 AS high FROM ML.FORECAST(MODEL d.limited, STRUCT(30 AS horizon, 0.8 AS confidence_level));
-- columns: low BOOL, high BOOL
-- rows: 
-- [true, true]
