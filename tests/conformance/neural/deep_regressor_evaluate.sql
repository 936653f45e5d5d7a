-- The metrics of a model of this task, from its training rows where none were held out.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on dnn_regressor
-- needs: torch
SELECT * FROM ML.EVALUATE(MODEL bqml.deep_regressor);
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows: 1
