-- A random forest explains at least the published share of the variance in its own rows, and has not learned them by heart.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_ensemble.py, live service: MAE 317.03, MSE 159713, explained variance .756
-- covers: oracle RANDOM_FOREST_REGRESSOR
-- differs: Trees are grown by LightGBM and average their leaves; XGBoost shrinks them, so that the service's forest errs more.
SELECT mean_absolute_error BETWEEN 150 AND 317.03 AS mae, mean_squared_error BETWEEN 40000 AND 159713 AS mse, explained_variance BETWEEN 0.756 AND 0.94 AS variance FROM ML.EVALUATE(MODEL bqml.forest_regressor);
-- columns: mae BOOL, mse BOOL, variance BOOL
-- rows: 
-- [true, true, true]
