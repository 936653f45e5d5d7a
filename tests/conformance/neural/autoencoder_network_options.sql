-- The options of the network; the step is told by ML.TRAINING_INFO.
-- source: BigQuery bigqueryml-syntax-create-autoencoder.md
-- covers: option learn_rate of autoencoder
-- accepts: option optimizer, l1_reg, l2_reg, activation_fn, batch_size, dropout, hidden_units, tf_version, l1_reg_activation of autoencoder
-- needs: torch
CREATE OR REPLACE MODEL bqml.autoencoder_network OPTIONS (model_type='autoencoder', learn_rate=0.02, optimizer='FTRL', l1_reg=0.001,
  l2_reg=0.001, activation_fn='SELU', batch_size=64, dropout=0.1, hidden_units=[3, 1, 3], max_iterations=1, tf_version='2.8.0', l1_reg_activation=0.1) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT learning_rate FROM ML.TRAINING_INFO(MODEL bqml.autoencoder_network);
-- columns: learning_rate FLOAT64
-- rows:
-- [0.02]
