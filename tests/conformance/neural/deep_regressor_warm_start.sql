-- A warm start goes on from the model of that name, to less loss; its rounds are a run of their own.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: option warm_start of dnn_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.deep_regressor_warm OPTIONS (model_type='dnn_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
CREATE OR REPLACE MODEL bqml.deep_regressor_warm OPTIONS (model_type='dnn_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1, warm_start=TRUE) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT training_run, iteration, RANK() OVER (ORDER BY loss DESC) AS worst FROM ML.TRAINING_INFO(MODEL bqml.deep_regressor_warm) ORDER BY training_run;
-- columns: training_run INT64, iteration INT64, worst INT64
-- rows:
-- [0, 0, 1]
-- [1, 0, 2]
