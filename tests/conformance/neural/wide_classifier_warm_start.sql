-- A warm start goes on from the model of that name, to less loss; its rounds are a run of their own.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option warm_start of dnn_linear_combined_classifier
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_classifier_warm OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE MODEL bqml.wide_classifier_warm OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1, warm_start=TRUE) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT training_run, iteration, RANK() OVER (ORDER BY loss DESC) AS worst FROM ML.TRAINING_INFO(MODEL bqml.wide_classifier_warm) ORDER BY training_run;
-- columns: training_run INT64, iteration INT64, worst INT64
-- rows:
-- [0, 0, 1]
-- [1, 0, 2]
