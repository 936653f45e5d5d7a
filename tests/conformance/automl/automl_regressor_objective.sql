-- An objective decides what candidates are compared by: the round of one tells its mean absolute error, which is also what ML.EVALUATE
-- gives; without an objective it tells the root of its mean squared error.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- covers: option optimization_objective of automl_regressor
CREATE OR REPLACE MODEL o.automl_regressor_aim OPTIONS (model_type = 'automl_regressor', max_candidates = 1, input_label_cols = ['amount'], optimization_objective = 'MINIMIZE_MAE') AS SELECT a, b, word, amount FROM o.rows;
SELECT ABS(aim.loss / e.mean_absolute_error - 1) < 0.01 AS aimed, ABS(usual.loss / e.mean_absolute_error - 1) < 0.01 AS by_itself
FROM ML.TRAINING_INFO(MODEL o.automl_regressor_aim) AS aim CROSS JOIN ML.TRAINING_INFO(MODEL o.automl_regressor) AS usual CROSS JOIN ML.EVALUATE(MODEL o.automl_regressor_aim) AS e;
-- columns: aimed BOOL, by_itself BOOL
-- rows:
-- [true, false]
