-- Rows held out by a column, or by chance, judge the rounds.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option input_label_cols, data_split_method, data_split_col of dnn_linear_combined_regressor
-- accepts: option data_split_eval_fraction of dnn_linear_combined_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_regressor_split OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1, data_split_method='CUSTOM', data_split_col='held') AS
  SELECT *, island = 'Dream' AS held FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
CREATE OR REPLACE MODEL bqml.wide_regressor_chance OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1, data_split_method='RANDOM', data_split_eval_fraction=0.3) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT eval_loss > 0 AS judged FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor_split) UNION ALL SELECT eval_loss > 0 FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor_chance);
-- columns: judged BOOL
-- rows:
-- [true]
-- [true]
