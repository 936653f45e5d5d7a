-- Without data, what ML.ARIMA_EVALUATE gives.
-- source: BigQuery bigqueryml-syntax-evaluate.md (deprecated there)
-- covers: ML.EVALUATE on arima_plus; resolution arima_evaluate
SELECT * FROM ML.EVALUATE(MODEL d.one);
-- columns: non_seasonal_p INT64, non_seasonal_d INT64, non_seasonal_q INT64, has_drift BOOL, log_likelihood FLOAT64,
-- AIC FLOAT64, variance FLOAT64, seasonal_periods ARRAY<STRING>, has_holiday_effect BOOL, has_spikes_and_dips BOOL,
-- has_step_changes BOOL, error_message STRING
