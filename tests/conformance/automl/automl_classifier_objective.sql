-- An objective decides what is looked for.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- accepts: option optimization_objective of automl_classifier
CREATE OR REPLACE MODEL o.automl_classifier_aim OPTIONS (model_type = 'automl_classifier', max_candidates = 1, input_label_cols = ['bought'], optimization_objective = 'MAXIMIZE_AU_ROC') AS SELECT a, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.automl_classifier_aim, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
