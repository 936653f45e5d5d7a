-- Without data the models themselves, with a warning.
-- source: bigqueryml-syntax-evaluate.md, which has given it up
-- covers: resolution arima_evaluate
-- notice: deprecated
SELECT * FROM ML.EVALUATE(MODEL `bqml.visits_forecast`);
-- columns: non_seasonal_p INT64, non_seasonal_d INT64, non_seasonal_q INT64, has_drift BOOL, log_likelihood FLOAT64, AIC FLOAT64,
--   variance FLOAT64, seasonal_periods ARRAY<STRING>, has_holiday_effect BOOL, has_spikes_and_dips BOOL,
--   has_step_changes BOOL, error_message STRING
-- rows: 1
