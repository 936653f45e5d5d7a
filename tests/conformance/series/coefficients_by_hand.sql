-- There are as many coefficients as the chosen model has orders, AIC is 2 k − 2 ln L, and there is one round of training a model.
-- source: non_seasonal_p and non_seasonal_q of ML.ARIMA_EVALUATE; BigQuery bigqueryml-syntax-arima-coefficients.md
-- covers: ML.ARIMA_COEFFICIENTS on arima_plus; ML.ARIMA_COEFFICIENTS on arima_plus_xreg; ML.ARIMA_EVALUATE on series; ML.TRAINING_INFO on series
WITH told AS (
  SELECT DISTINCT 'air' AS of, ARRAY_LENGTH(ar_coefficients) AS ar, ARRAY_LENGTH(ma_coefficients) AS ma, intercept_or_drift AS drift FROM ML.ARIMA_COEFFICIENTS(MODEL bqml.air_quality)
  UNION ALL SELECT 'visits', ARRAY_LENGTH(ar_coefficients), ARRAY_LENGTH(ma_coefficients), intercept_or_drift FROM ML.ARIMA_COEFFICIENTS(MODEL `bqml.visits_forecast`)),
chosen AS (
  SELECT 'air' AS of, e.* FROM ML.ARIMA_EVALUATE(MODEL bqml.air_quality, STRUCT(FALSE AS show_all_candidate_models)) AS e
  UNION ALL SELECT 'visits', e.* FROM ML.ARIMA_EVALUATE(MODEL `bqml.visits_forecast`, STRUCT(FALSE AS show_all_candidate_models)) AS e),
rounds AS (SELECT 'air' AS of, training_run, iteration FROM ML.TRAINING_INFO(MODEL bqml.air_quality) UNION ALL SELECT 'visits', training_run, iteration FROM ML.TRAINING_INFO(MODEL `bqml.visits_forecast`))
SELECT of, ar = non_seasonal_p AS ar, ma = non_seasonal_q AS ma, (drift != 0) = has_drift OR non_seasonal_d = 0 AS drift, ABS(AIC + 2 * log_likelihood
  - 2 * (non_seasonal_p + non_seasonal_q + IF(has_drift OR non_seasonal_d = 0, 1, 0) + 1)) < 1e-6 AS aic, training_run, iteration
FROM told JOIN chosen USING (of) JOIN rounds USING (of) ORDER BY of;
-- columns: of STRING, ar BOOL, ma BOOL, drift BOOL, aic BOOL, training_run INT64, iteration INT64
-- rows:
-- ["air", true, true, true, true, 0, 0]
-- ["visits", true, true, true, true, 0, 0]
