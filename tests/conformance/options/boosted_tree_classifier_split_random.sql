-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option data_split_method, data_split_eval_fraction, enable_global_explain of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_split_random OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], data_split_method = 'RANDOM', data_split_eval_fraction = 0.3, enable_global_explain = TRUE) AS SELECT a, b, word, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.boosted_tree_classifier_split_random, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
