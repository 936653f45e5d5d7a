-- Rows are held out by a column.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- accepts: option data_split_col of automl_regressor
-- differs: The column is BOOL and needs data_split_method = 'CUSTOM', as for other model types; BigQuery takes TRAIN, VALIDATE and TEST here.
CREATE OR REPLACE MODEL o.automl_regressor_split OPTIONS (model_type = 'automl_regressor', max_candidates = 1, input_label_cols = ['amount'], data_split_method = 'CUSTOM', data_split_col = 'later') AS SELECT a, later, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.automl_regressor_split, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
