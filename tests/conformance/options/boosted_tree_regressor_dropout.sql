-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option booster_type, dropout, category_encoding_method of boosted_tree_regressor
CREATE OR REPLACE MODEL o.boosted_tree_regressor_dropout OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], booster_type = 'DART', dropout = 0.2, max_iterations = 5, category_encoding_method = 'TARGET_ENCODING') AS SELECT a, b, word, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.boosted_tree_regressor_dropout, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
