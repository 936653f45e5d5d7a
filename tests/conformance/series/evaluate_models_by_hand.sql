-- Akaike's criterion is arithmetic of the likelihood and of how many numbers were fitted; the best model has the least.
-- source: AIC = 2k − 2 log L, with k = p + q + drift + the variance
-- covers: ML.ARIMA_EVALUATE on arima_plus
WITH tried AS (SELECT * FROM ML.ARIMA_EVALUATE(MODEL `bqml.visits_forecast`, STRUCT(TRUE AS show_all_candidate_models)))
SELECT COUNT(*) AS models, MAX(ABS(AIC - 2 * (non_seasonal_p + non_seasonal_q + IF(has_drift, 1, 0) + 1) + 2 * log_likelihood)) < 1e-6 AS by_hand,
  MIN(AIC) = (SELECT AIC FROM ML.ARIMA_EVALUATE(MODEL `bqml.visits_forecast`, STRUCT(FALSE AS show_all_candidate_models))) AS least FROM tried;
-- columns: models INT64, by_hand BOOL, least BOOL
-- rows:
-- [12, true, true]
