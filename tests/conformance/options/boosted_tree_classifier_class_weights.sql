-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option class_weights of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_class_weights OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], class_weights = [STRUCT('yes', 0.2), STRUCT('no', 0.8)]) AS SELECT a, b, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.boosted_tree_classifier_class_weights, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
