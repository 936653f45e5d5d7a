-- Without data, the metrics are those of the training rows where nothing was held out.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_core.py test_model_eval, live service; recomputed to every digit
-- covers: ML.EVALUATE on linear_reg
SELECT * FROM ML.EVALUATE(MODEL bqml.linear);
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows:
-- [227.012237, 81838.159892, 0.00507, 173.080816, 0.872377, 0.872377]
