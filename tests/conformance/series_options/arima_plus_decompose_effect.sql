-- Without the parts of the series there is nothing to explain.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option decompose_time_series of arima_plus
CREATE OR REPLACE MODEL d.undivided OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), decompose_time_series = FALSE) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
SELECT * FROM ML.EXPLAIN_FORECAST(MODEL d.undivided);
-- error: which model d.undivided has not kept
