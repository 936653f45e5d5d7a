-- As many rounds as are allowed, when nothing stops them.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: option max_iterations of dnn_regressor
-- differs: A round is one pass over the rows in BigQuery; here, of few rows, as many passes as make 200 steps, which teach more.
-- needs: torch
CREATE OR REPLACE MODEL bqml.deep_regressor_rounds OPTIONS (model_type='dnn_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=2, early_stop=FALSE) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT COUNT(*) AS rounds FROM ML.TRAINING_INFO(MODEL bqml.deep_regressor_rounds);
-- columns: rounds INT64
-- rows:
-- [2]
