-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option num_parallel_tree, early_stop, min_rel_progress, approx_global_feature_contrib, max_tree_depth, l1_reg, l2_reg, tree_method, min_tree_child_weight, colsample_bytree, colsample_bylevel, colsample_bynode, min_split_loss, subsample, instance_weight_col, xgboost_version of random_forest_regressor
CREATE OR REPLACE MODEL o.random_forest_regressor_growth OPTIONS (model_type = 'random_forest_regressor', input_label_cols = ['amount'], num_parallel_tree = 5, early_stop = TRUE, min_rel_progress = 0.01, enable_global_explain = TRUE, approx_global_feature_contrib = TRUE, max_tree_depth = 4, l1_reg = 0.1, l2_reg = 2.0, tree_method = 'HIST', min_tree_child_weight = 2, colsample_bytree = 0.9, colsample_bylevel = 0.9, colsample_bynode = 0.9, min_split_loss = 0.1, subsample = 0.9, instance_weight_col = 'weight', xgboost_version = '1.1') AS SELECT a, b, word, weight, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.random_forest_regressor_growth, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
