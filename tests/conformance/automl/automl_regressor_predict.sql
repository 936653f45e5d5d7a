-- The prediction, then the data.
-- source: BigQuery bigqueryml-syntax-predict.md
-- covers: ML.PREDICT on automl_regressor; model automl_regressor; option budget_hours, input_label_cols of automl_regressor
-- differs: Boosted trees of several sizes are searched; BigQuery searches ensembles and networks at a service of its own.
SELECT * FROM ML.PREDICT(MODEL o.automl_regressor, (SELECT * FROM o.rows WHERE n < 4));
-- columns: predicted_amount FLOAT64, n INT64, a INT64, b FLOAT64, word STRING, later BOOL, amount INT64,
-- bought STRING
-- rows: 3
