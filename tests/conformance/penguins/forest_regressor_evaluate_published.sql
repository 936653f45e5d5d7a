-- A random forest explains at least the published share of the variance in its own rows.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_ensemble.py, live service: MAE 317.03, MSE 159713, explained variance .756
-- covers: oracle RANDOM_FOREST_REGRESSOR
-- differs: Trees are grown by LightGBM and average their leaves; XGBoost shrinks them, so that the service's forest errs more.
SELECT mean_absolute_error <= 317.03 AS mae, mean_squared_error <= 159713 AS mse, explained_variance >= 0.756 AS variance FROM ML.EVALUATE(MODEL bqml.forest_regressor);
-- columns: mae BOOL, mse BOOL, variance BOOL
-- rows: 
-- [true, true, true]
