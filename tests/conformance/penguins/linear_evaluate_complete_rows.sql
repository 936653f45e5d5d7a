-- The published metrics of the same model on the rows without a NULL.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_linear_model.py test_linear_reg_model_score, live service; recomputed to every digit
-- covers: ML.EVALUATE on linear_reg
SELECT * FROM ML.EVALUATE(MODEL bqml.linear, (SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL AND sex IS NOT NULL));
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows:
-- [225.817334, 80540.705944, 0.004972, 173.080816, 0.87529, 0.87529]
