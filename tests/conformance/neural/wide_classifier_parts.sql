-- An optimiser and a step for each part of the network; those of the linear part matter by themselves.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option learn_rate, optimizer of dnn_linear_combined_classifier
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_classifier_parts OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'SGD')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.001)]) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE MODEL bqml.wide_classifier_other_optimizer OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'FTRL')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.001)]) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE MODEL bqml.wide_classifier_other_rate OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'SGD')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.01)]) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT p.learning_rate, p.loss <> o.loss AS other_optimizer, p.loss <> r.loss AS other_rate FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_parts) AS p
  CROSS JOIN ML.TRAINING_INFO(MODEL bqml.wide_classifier_other_optimizer) AS o CROSS JOIN ML.TRAINING_INFO(MODEL bqml.wide_classifier_other_rate) AS r;
-- columns: learning_rate FLOAT64, other_optimizer BOOL, other_rate BOOL
-- rows:
-- [0.05, true, true]
