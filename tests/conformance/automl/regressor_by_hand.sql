-- The errors of given rows are arithmetic of their predictions.
-- source: the formulas of scikit-learn's metrics, computed in the query from ML.PREDICT
-- covers: model automl_regressor; ML.PREDICT, ML.EVALUATE on automl_regressor
-- tolerance: 1e-6
WITH h AS (SELECT AVG(ABS(amount - predicted_amount)) AS mae, AVG(POW(amount - predicted_amount, 2)) AS mse, VAR_POP(amount) AS spread FROM ML.PREDICT(MODEL o.automl_regressor, TABLE o.rows))
SELECT mean_absolute_error / mae AS mae, mean_squared_error / mse AS mse, (1 - r2_score) / (mse / spread) AS r2, r2_score > 0.8 AS learned FROM ML.EVALUATE(MODEL o.automl_regressor, TABLE o.rows) CROSS JOIN h;
-- columns: mae FLOAT64, mse FLOAT64, r2 FLOAT64, learned BOOL
-- rows:
-- [1, 1, 1, true]
