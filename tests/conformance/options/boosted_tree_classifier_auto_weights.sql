-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option auto_class_weights of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_auto_weights OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], auto_class_weights = TRUE) AS SELECT a, b, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.boosted_tree_classifier_auto_weights, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
