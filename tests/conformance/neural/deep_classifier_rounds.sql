-- As many rounds as are allowed, when nothing stops them.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: option max_iterations of dnn_classifier
-- differs: A round is one pass over the rows in BigQuery; here, of few rows, as many passes as make 200 steps, which teach more.
-- needs: torch
CREATE OR REPLACE MODEL bqml.deep_classifier_rounds OPTIONS (model_type='dnn_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=2, early_stop=FALSE) AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT COUNT(*) AS rounds FROM ML.TRAINING_INFO(MODEL bqml.deep_classifier_rounds);
-- columns: rounds INT64
-- rows:
-- [2]
