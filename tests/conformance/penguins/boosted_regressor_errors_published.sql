-- The published errors of a boosted tree in its own rows are not exceeded, and not by rows learned by heart.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_ensemble.py, live service: MAE 108.77582, MSE 20943.27
-- covers: oracle BOOSTED_TREE_REGRESSOR
SELECT mean_absolute_error BETWEEN 50 AND 108.77582 AS mae, mean_squared_error BETWEEN 5000 AND 20943.27 AS mse FROM ML.EVALUATE(MODEL bqml.boosted_regressor);
-- columns: mae BOOL, mse BOOL
-- rows:
-- [true, true]
