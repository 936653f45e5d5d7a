-- The metrics of a network's numbers are the arithmetic of its predictions.
-- source: the formulas of scikit-learn's metrics, computed in the query from ML.PREDICT
-- covers: model dnn_regressor, dnn_linear_combined_regressor; ML.EVALUATE on dnn_regressor, dnn_linear_combined_regressor; ML.PREDICT on dnn_regressor, dnn_linear_combined_regressor
-- tolerance: 1e-6
-- needs: torch
CREATE OR REPLACE TABLE bqml.weighed AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
WITH told AS (
  SELECT 'deep' AS model, body_mass_g AS wanted, predicted_body_mass_g AS given FROM ML.PREDICT(MODEL bqml.deep_regressor, TABLE bqml.weighed)
  UNION ALL SELECT 'wide', body_mass_g, predicted_body_mass_g FROM ML.PREDICT(MODEL bqml.wide_regressor, TABLE bqml.weighed)),
by_hand AS (
  SELECT model, AVG(ABS(wanted - given)) AS mae, AVG(POW(wanted - given, 2)) AS mse, AVG(POW(LN(1 + wanted) - LN(1 + given), 2)) AS msle,
    1 - AVG(POW(wanted - given, 2)) / VAR_POP(wanted) AS r2, 1 - VAR_POP(wanted - given) / VAR_POP(wanted) AS explained FROM told GROUP BY model),
judged AS (
  SELECT 'deep' AS model, * FROM ML.EVALUATE(MODEL bqml.deep_regressor, TABLE bqml.weighed)
  UNION ALL SELECT 'wide', * FROM ML.EVALUATE(MODEL bqml.wide_regressor, TABLE bqml.weighed))
SELECT model, mean_absolute_error / mae AS mae, mean_squared_error / mse AS mse, mean_squared_log_error / msle AS msle, r2_score / r2 AS r2,
  explained_variance / explained AS explained FROM judged JOIN by_hand USING (model) ORDER BY model;
-- columns: model STRING, mae FLOAT64, mse FLOAT64, msle FLOAT64, r2 FLOAT64, explained FLOAT64
-- rows:
-- ["deep", 1, 1, 1, 1, 1]
-- ["wide", 1, 1, 1, 1, 1]
