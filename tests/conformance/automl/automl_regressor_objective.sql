-- An objective is recorded.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- accepts: option optimization_objective of automl_regressor
-- differs: Sizes are compared by the loss that they are fitted for, whatever the objective.
CREATE OR REPLACE MODEL o.automl_regressor_aim OPTIONS (model_type = 'automl_regressor', input_label_cols = ['amount'], optimization_objective = 'MINIMIZE_MAE') AS SELECT a, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.automl_regressor_aim, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
