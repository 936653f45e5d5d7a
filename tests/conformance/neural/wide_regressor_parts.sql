-- An optimiser and a step for each part of the network.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option learn_rate of dnn_linear_combined_regressor
-- accepts: option optimizer of dnn_linear_combined_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_regressor_parts OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1,
  optimizer=[STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'SGD')], learn_rate=[STRUCT('dnn', 0.05), STRUCT('linear', 0.001)]) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT learning_rate FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor_parts);
-- columns: learning_rate FLOAT64
-- rows:
-- [0.05]
