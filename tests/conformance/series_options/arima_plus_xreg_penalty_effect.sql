-- The penalty draws the weight of the regressor to 0.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option l2_reg of arima_plus_xreg
CREATE OR REPLACE MODEL d.arima_plus_xreg_free OPTIONS (model_type = 'arima_plus_xreg', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1)) AS SELECT day, sold, warm FROM d.daily WHERE shop = 'a';
CREATE OR REPLACE MODEL d.arima_plus_xreg_drawn OPTIONS (model_type = 'arima_plus_xreg', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), l2_reg = 100000) AS SELECT day, sold, warm FROM d.daily WHERE shop = 'a';
SELECT ABS((SELECT weight FROM ML.ARIMA_COEFFICIENTS(MODEL d.arima_plus_xreg_drawn) WHERE processed_input = 'warm')) < 0.9 * ABS((SELECT weight FROM ML.ARIMA_COEFFICIENTS(MODEL d.arima_plus_xreg_free) WHERE processed_input = 'warm')) AS drawn;
-- columns: drawn BOOL
-- rows:
-- [true]
