-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest of what a cloud keeps of it is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-wnd-models.md
-- covers: option description, labels of dnn_linear_combined_regressor
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of dnn_linear_combined_regressor
-- needs: torch
CREATE OR REPLACE MODEL bqml.wide_regressor_kept OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[3], max_iterations=1, model_registry='VERTEX_AI',
  vertex_ai_model_id='penguins', vertex_ai_model_version_aliases=['first'], kms_key_name='a key', description='penguins',
  labels=[('team', 'birds')], expiration_timestamp=TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT description, labels, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor_kept)) AS rounds
FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'wide_regressor_kept';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, rounds INT64
-- rows:
-- ["penguins", [{"key": "team", "value": "birds"}], 1]
