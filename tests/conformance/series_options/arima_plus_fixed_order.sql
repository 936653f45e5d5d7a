-- An order that is given is taken.
-- source: BigQuery bigqueryml-syntax-create-time-series.md
-- covers: option non_seasonal_order, include_drift of arima_plus
-- accepts: option max_time_series_length of arima_plus
CREATE OR REPLACE MODEL d.arima_plus_fixed OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 0), include_drift = TRUE, max_time_series_length = 60) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
SELECT non_seasonal_p, non_seasonal_d, non_seasonal_q, has_drift FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_fixed);
-- columns: non_seasonal_p INT64, non_seasonal_d INT64, non_seasonal_q INT64, has_drift BOOL
-- rows: 
-- [1, 1, 0, true]
