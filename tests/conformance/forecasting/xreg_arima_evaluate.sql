-- The order that was chosen, its likelihood, its seasons.
-- source: BigQuery bigqueryml-syntax-arima-evaluate.md
-- covers: ML.ARIMA_EVALUATE on arima_plus_xreg
SELECT * FROM ML.ARIMA_EVALUATE(MODEL d.xreg, STRUCT(FALSE AS show_all_candidate_models));
-- columns: non_seasonal_p INT64, non_seasonal_d INT64, non_seasonal_q INT64, has_drift BOOL, log_likelihood FLOAT64,
-- AIC FLOAT64, variance FLOAT64, seasonal_periods ARRAY<STRING>, has_holiday_effect BOOL, has_spikes_and_dips BOOL,
-- has_step_changes BOOL, error_message STRING
-- rows: 1
