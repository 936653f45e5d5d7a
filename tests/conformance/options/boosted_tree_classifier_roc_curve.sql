-- A row a threshold that is asked for.
-- source: BigQuery bigqueryml-syntax-roc.md
-- covers: ML.ROC_CURVE on boosted_tree_classifier; resolution roc_curve_columns
CREATE OR REPLACE MODEL o.boosted_tree_classifier_two OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought']) AS SELECT a, b, bought FROM o.rows;
SELECT * FROM ML.ROC_CURVE(MODEL o.boosted_tree_classifier_two, TABLE o.rows, [0.25, 0.75]);
-- columns: threshold FLOAT64, recall FLOAT64, false_positive_rate FLOAT64, true_positives INT64,
-- false_positives INT64, true_negatives INT64, false_negatives INT64
-- rows: 2
