-- One model a series where there are several.
-- source: arima-multiple-time-series-forecasting-tutorial.md
-- covers: ML.ARIMA_EVALUATE on series; tutorial 8
SELECT * FROM ML.ARIMA_EVALUATE(MODEL bqml.air_by_county) UNION ALL SELECT * FROM ML.ARIMA_EVALUATE(MODEL bqml.trips_by_station);
-- columns: county STRING, non_seasonal_p INT64, non_seasonal_d INT64, non_seasonal_q INT64, has_drift BOOL, log_likelihood FLOAT64, AIC FLOAT64,
--   variance FLOAT64, seasonal_periods ARRAY<STRING>, has_holiday_effect BOOL, has_spikes_and_dips BOOL,
--   has_step_changes BOOL, error_message STRING
-- rows: 4
