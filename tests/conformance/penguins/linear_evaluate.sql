-- The published metrics of a linear regression on its own training rows.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_core.py, live service; recomputed to every digit
-- covers: ML.EVALUATE on linear_reg; model linear_reg; oracle LINEAR_REG; tutorial 1; option input_label_cols of linear_reg; resolution median_absolute_error
-- accepts: option data_split_method of linear_reg
SELECT * FROM ML.EVALUATE(MODEL `bqml.linear`, (SELECT * FROM `bqml.penguins` WHERE body_mass_g IS NOT NULL));
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows:
-- [227.012237, 81838.159892, 0.005070, 173.080816, 0.872377, 0.872377]
