-- Every option of the fit, as the reference spells it.
-- source: bigqueryml-syntax-create-time-series.md
-- covers: option auto_arima, non_seasonal_order, include_drift of arima_plus_xreg; option time_series_timestamp_col, time_series_data_col of arima_plus_xreg
-- accepts: option data_frequency, holiday_region, clean_spikes_and_dips of arima_plus_xreg; option adjust_step_changes, max_time_series_length, trend_smoothing_window_size, horizon, l2_reg of arima_plus_xreg
CREATE OR REPLACE MODEL bqml.all_options_arima_plus_xreg
OPTIONS (MODEL_TYPE = 'arima_plus_xreg', TIME_SERIES_TIMESTAMP_COL = 'start_date', TIME_SERIES_DATA_COL = 'num_trips', HORIZON = 5,
  AUTO_ARIMA = FALSE, NON_SEASONAL_ORDER = (1, 1, 1), INCLUDE_DRIFT = TRUE, DATA_FREQUENCY = 'DAILY', HOLIDAY_REGION = ['US', 'GLOBAL'],
  CLEAN_SPIKES_AND_DIPS = FALSE, ADJUST_STEP_CHANGES = FALSE, MAX_TIME_SERIES_LENGTH = 100, L2_REG = 0.1,
  TREND_SMOOTHING_WINDOW_SIZE = 3)
AS SELECT start_date, num_trips, EXTRACT(DAY FROM start_date) AS day_of_month FROM bqml.trips WHERE station = 'Broadway';
SELECT non_seasonal_p, non_seasonal_d, non_seasonal_q, has_drift, has_spikes_and_dips, has_step_changes
FROM ML.ARIMA_EVALUATE(MODEL bqml.all_options_arima_plus_xreg);
-- columns: non_seasonal_p INT64, non_seasonal_d INT64, non_seasonal_q INT64, has_drift BOOL, has_spikes_and_dips BOOL, has_step_changes BOOL
-- rows:
-- [1, 1, 1, true, false, false]
