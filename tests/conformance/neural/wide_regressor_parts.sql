-- An optimiser and a step for each part of the network; those of the linear part matter by themselves.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option learn_rate, optimizer of dnn_linear_combined_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_regressor_parts OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'SGD')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.001)]) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
CREATE OR REPLACE MODEL bqml.wide_regressor_other_optimizer OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'FTRL')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.001)]) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
CREATE OR REPLACE MODEL bqml.wide_regressor_other_rate OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'SGD')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.01)]) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT p.learning_rate, p.loss <> o.loss AS other_optimizer, p.loss <> r.loss AS other_rate FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor_parts) AS p
  CROSS JOIN ML.TRAINING_INFO(MODEL bqml.wide_regressor_other_optimizer) AS o CROSS JOIN ML.TRAINING_INFO(MODEL bqml.wide_regressor_other_rate) AS r;
-- columns: learning_rate FLOAT64, other_optimizer BOOL, other_rate BOOL
-- rows:
-- [0.05, true, true]
