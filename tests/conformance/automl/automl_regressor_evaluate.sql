-- The metrics of the task.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on automl_regressor
SELECT * FROM ML.EVALUATE(MODEL o.automl_regressor);
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows: 1
