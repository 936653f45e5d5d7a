-- Classes that weigh as is said, or all the same.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option class_weights, auto_class_weights of dnn_linear_combined_classifier
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_classifier_plain OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE MODEL bqml.wide_classifier_even OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1, auto_class_weights=TRUE) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE MODEL bqml.wide_classifier_tilted OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1, class_weights=[STRUCT('MALE', 30.0), STRUCT('FEMALE', 1.0)]) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT t.males > e.males AS tilted,
  (SELECT loss FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_even)) <> (SELECT loss FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_plain)) AS evened FROM (SELECT COUNTIF(predicted_sex = 'MALE') AS males FROM ML.PREDICT(MODEL bqml.wide_classifier_tilted, TABLE bqml.penguins)) AS t,
  (SELECT COUNTIF(predicted_sex = 'MALE') AS males FROM ML.PREDICT(MODEL bqml.wide_classifier_even, TABLE bqml.penguins)) AS e;
-- columns: tilted BOOL, evened BOOL
-- rows:
-- [true, true]
