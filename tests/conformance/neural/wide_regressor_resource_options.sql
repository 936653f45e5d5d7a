-- What a cloud keeps about a model is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of dnn_linear_combined_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_regressor_kept OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1, model_registry='VERTEX_AI',
  vertex_ai_model_id='penguins', vertex_ai_model_version_aliases=['first'], kms_key_name='a key', description='penguins',
  labels=[('team', 'birds')], expiration_timestamp=TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT COUNT(*) AS rounds FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor_kept);
-- columns: rounds INT64
-- rows:
-- [1]
