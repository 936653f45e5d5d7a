-- Options of the search for an order are taken.
-- source: BigQuery bigqueryml-syntax-create-time-series.md
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of arima_plus_xreg; option auto_arima, auto_arima_max_order, auto_arima_min_order, data_frequency, clean_spikes_and_dips, adjust_step_changes, time_series_length_fraction, min_time_series_length, l2_reg of arima_plus_xreg
CREATE OR REPLACE MODEL d.arima_plus_xreg_searched OPTIONS (model_type = 'arima_plus_xreg', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = TRUE, auto_arima_max_order = 3, auto_arima_min_order = 1, data_frequency = 'DAILY', clean_spikes_and_dips = FALSE, adjust_step_changes = FALSE, time_series_length_fraction = 0.5, min_time_series_length = 40, l2_reg = 0.1, model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'a series', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT day, sold, warm FROM d.daily WHERE shop = 'a';
SELECT COUNT(*) >= 1 AS made FROM ML.ARIMA_COEFFICIENTS(MODEL d.arima_plus_xreg_searched);
-- columns: made BOOL
-- rows: 
-- [true]
