-- A spike is cleaned and a step adjusted, unless the options say no.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option clean_spikes_and_dips, adjust_step_changes of arima_plus
CREATE OR REPLACE MODEL d.arima_plus_spike_kept OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), clean_spikes_and_dips = FALSE) AS SELECT day, sold + IF(day = '2024-03-10', 900, 0) AS sold FROM d.daily WHERE shop = 'a';
CREATE OR REPLACE MODEL d.arima_plus_spike_cleaned OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1)) AS SELECT day, sold + IF(day = '2024-03-10', 900, 0) AS sold FROM d.daily WHERE shop = 'a';
CREATE OR REPLACE MODEL d.arima_plus_step_kept OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), adjust_step_changes = FALSE) AS SELECT day, sold + IF(day > '2024-03-10', 900, 0) AS sold FROM d.daily WHERE shop = 'a';
CREATE OR REPLACE MODEL d.arima_plus_step_adjusted OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1)) AS SELECT day, sold + IF(day > '2024-03-10', 900, 0) AS sold FROM d.daily WHERE shop = 'a';
SELECT (SELECT has_spikes_and_dips FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_spike_kept, STRUCT(FALSE AS show_all_candidate_models))) AS spike_kept, (SELECT has_spikes_and_dips FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_spike_cleaned, STRUCT(FALSE AS show_all_candidate_models))) AS spike_cleaned, (SELECT has_step_changes FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_step_kept, STRUCT(FALSE AS show_all_candidate_models))) AS step_kept, (SELECT has_step_changes FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_step_adjusted, STRUCT(FALSE AS show_all_candidate_models))) AS step_adjusted;
-- columns: spike_kept BOOL, spike_cleaned BOOL, step_kept BOOL, step_adjusted BOOL
-- rows:
-- [false, true, false, true]
