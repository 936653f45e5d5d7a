-- An objective decides what is looked for.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- accepts: option optimization_objective of automl_regressor
CREATE OR REPLACE MODEL o.automl_regressor_aim OPTIONS (model_type = 'automl_regressor', max_candidates = 1, input_label_cols = ['amount'], optimization_objective = 'MINIMIZE_MAE') AS SELECT a, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.automl_regressor_aim, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
