-- An objective is recorded.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- accepts: option optimization_objective of automl_classifier
-- differs: Sizes are compared by the loss that they are fitted for, whatever the objective.
CREATE OR REPLACE MODEL o.automl_classifier_aim OPTIONS (model_type = 'automl_classifier', input_label_cols = ['bought'], optimization_objective = 'MAXIMIZE_AU_ROC') AS SELECT a, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.automl_classifier_aim, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
