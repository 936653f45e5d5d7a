-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option data_split_method, data_split_col of boosted_tree_regressor
CREATE OR REPLACE MODEL o.boosted_tree_regressor_split_sequence OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'SEQ', data_split_col = 'n', data_split_eval_fraction = 0.1) AS SELECT a, b, n, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.boosted_tree_regressor_split_sequence, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
