-- The options of the network; the step is told by ML.TRAINING_INFO.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: option learn_rate of dnn_regressor
-- accepts: option optimizer, l1_reg, l2_reg, activation_fn, batch_size, dropout, hidden_units, tf_version of dnn_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.deep_regressor_network OPTIONS (model_type='dnn_regressor', input_label_cols=['body_mass_g'], learn_rate=0.02, optimizer='FTRL', l1_reg=0.001,
  l2_reg=0.001, activation_fn='CRELU', batch_size=64, dropout=0.1, hidden_units=[3], max_iterations=1, tf_version='2.8.0', integrated_gradients_num_steps=20) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT learning_rate FROM ML.TRAINING_INFO(MODEL bqml.deep_regressor_network);
-- columns: learning_rate FLOAT64
-- rows:
-- [0.02]
