-- Baseline, attributions and error add up to the predicted value; two of the features are shown.
-- source: BigQuery xai-overview.md: baseline + sum of attributions = prediction
-- covers: ML.EXPLAIN_PREDICT on logistic_reg
SELECT ABS(baseline_prediction_value + (SELECT SUM(attribution) FROM UNNEST(top_feature_attributions)) - prediction_value) <= 1e-4 * ABS(prediction_value) AS adds_up, approximation_error < 1e-4 AS exact, tag_number FROM ML.EXPLAIN_PREDICT(MODEL bqml.logistic, TABLE bqml.new_penguins, STRUCT(100 AS top_k_features)) ORDER BY tag_number;
-- columns: adds_up BOOL, exact BOOL, tag_number INT64
-- rows:
-- [true, true, 1633]
-- [true, true, 1672]
-- [true, true, 1690]
