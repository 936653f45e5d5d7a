-- Rows held out by a column, or by chance, judge the rounds.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option input_label_cols, data_split_method, data_split_col of dnn_linear_combined_classifier
-- accepts: option data_split_eval_fraction of dnn_linear_combined_classifier
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_classifier_split OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1, data_split_method='CUSTOM', data_split_col='held') AS
  SELECT *, island = 'Dream' AS held FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE MODEL bqml.wide_classifier_chance OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1, data_split_method='RANDOM', data_split_eval_fraction=0.3) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT eval_loss > 0 AS judged FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_split) UNION ALL SELECT eval_loss > 0 FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_chance);
-- columns: judged BOOL
-- rows:
-- [true]
-- [true]
