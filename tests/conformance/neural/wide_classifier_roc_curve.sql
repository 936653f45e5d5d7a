-- The thresholds that are asked for.
-- source: BigQuery bigqueryml-syntax-roc.md
-- covers: ML.ROC_CURVE on dnn_linear_combined_classifier
-- needs: torch
SELECT * FROM ML.ROC_CURVE(MODEL bqml.wide_classifier, GENERATE_ARRAY(0.4, 0.6, 0.1)) ORDER BY threshold;
-- columns: threshold FLOAT64, recall FLOAT64, false_positive_rate FLOAT64, true_positives INT64,
-- false_positives INT64, true_negatives INT64, false_negatives INT64
-- rows: 3
