-- A warm start goes on from the model of that name, to less loss; its rounds are a run of their own.
-- source: BigQuery bigqueryml-syntax-create-autoencoder.md
-- covers: option warm_start of autoencoder
-- needs: torch
CREATE OR REPLACE MODEL bqml.autoencoder_warm OPTIONS (model_type='autoencoder', hidden_units=[3, 1, 3], max_iterations=1) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
CREATE OR REPLACE MODEL bqml.autoencoder_warm OPTIONS (model_type='autoencoder', hidden_units=[3, 1, 3], max_iterations=1, warm_start=TRUE) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT training_run, iteration, RANK() OVER (ORDER BY loss DESC) AS worst FROM ML.TRAINING_INFO(MODEL bqml.autoencoder_warm) ORDER BY training_run;
-- columns: training_run INT64, iteration INT64, worst INT64
-- rows:
-- [0, 0, 1]
-- [1, 0, 2]
