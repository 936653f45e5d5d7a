-- Rows that weigh more draw the predictions to their outcome.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option instance_weight_col of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_weighed_by_row OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', max_iterations = 3, instance_weight_col = 'heavy') AS SELECT b, IF(MOD(n, 2) = 0, 100.0, 1.0) AS heavy, IF(MOD(n, 2) = 0, 'yes', 'no') AS bought FROM o.rows;
CREATE OR REPLACE MODEL o.boosted_tree_classifier_weighed_alike OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', max_iterations = 3) AS SELECT b, IF(MOD(n, 2) = 0, 'yes', 'no') AS bought FROM o.rows;
SELECT (SELECT COUNTIF(predicted_bought = 'yes') FROM ML.PREDICT(MODEL o.boosted_tree_classifier_weighed_by_row, TABLE o.rows)) > (SELECT COUNTIF(predicted_bought = 'yes') FROM ML.PREDICT(MODEL o.boosted_tree_classifier_weighed_alike, TABLE o.rows)) AS nearer;
-- columns: nearer BOOL
-- rows:
-- [true]
