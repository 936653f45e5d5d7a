-- An optimiser and a step for each part of the network.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option learn_rate of dnn_linear_combined_classifier
-- accepts: option optimizer of dnn_linear_combined_classifier
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_classifier_parts OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'SGD')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.001)]) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT learning_rate FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_parts);
-- columns: learning_rate FLOAT64
-- rows:
-- [0.05]
