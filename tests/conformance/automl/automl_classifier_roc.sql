-- A row a threshold.
-- source: BigQuery bigqueryml-syntax-roc.md
-- covers: ML.ROC_CURVE on automl_classifier
SELECT * FROM ML.ROC_CURVE(MODEL o.automl_classifier, TABLE o.rows, [0.5]);
-- columns: threshold FLOAT64, recall FLOAT64, false_positive_rate FLOAT64, true_positives INT64,
-- false_positives INT64, true_negatives INT64, false_negatives INT64
-- rows: 1
