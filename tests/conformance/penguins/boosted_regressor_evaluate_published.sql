-- The published share of the variance that a boosted tree explains in its own rows.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_ensemble.py, live service
-- covers: oracle BOOSTED_TREE_REGRESSOR
-- accepts: option booster_type, early_stop, subsample, num_parallel_tree, data_split_method of boosted_tree_regressor
-- tolerance: 2 % as XGBoost and LightGBM grow trees of another shape from 342 rows
SELECT explained_variance FROM ML.EVALUATE(MODEL bqml.boosted_regressor);
-- columns: explained_variance FLOAT64
-- rows: 
-- [0.967604]
