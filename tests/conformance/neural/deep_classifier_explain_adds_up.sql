-- Baseline, attributions and error add up to the predicted value; integrated gradients leave an error.
-- source: BigQuery xai-overview.md: baseline + sum of attributions + error = prediction
-- covers: ML.EXPLAIN_PREDICT on dnn_classifier
-- needs: torch
SELECT ABS(ABS(baseline_prediction_value + (SELECT SUM(attribution) FROM UNNEST(top_feature_attributions)) - prediction_value) - approximation_error * ABS(prediction_value - baseline_prediction_value)) < 1e-6 AS adds_up, approximation_error > 0 AS near, tag_number FROM ML.EXPLAIN_PREDICT(MODEL bqml.deep_classifier, TABLE bqml.new_penguins, STRUCT(100 AS top_k_features)) ORDER BY tag_number;
-- columns: adds_up BOOL, near BOOL, tag_number INT64
-- rows:
-- [true, true, 1633]
-- [true, true, 1672]
-- [true, true, 1690]
