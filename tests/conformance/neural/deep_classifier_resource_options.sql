-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest of what a cloud keeps of it is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: option description, labels of dnn_classifier
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of dnn_classifier
-- needs: torch
CREATE OR REPLACE MODEL bqml.deep_classifier_kept OPTIONS (model_type='dnn_classifier', input_label_cols=['sex'], hidden_units=[3], max_iterations=1, model_registry='VERTEX_AI',
  vertex_ai_model_id='penguins', vertex_ai_model_version_aliases=['first'], kms_key_name='a key', description='penguins',
  labels=[('team', 'birds')], expiration_timestamp=TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
SELECT description, labels, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.deep_classifier_kept)) AS rounds
FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'deep_classifier_kept';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, rounds INT64
-- rows:
-- ["penguins", [{"key": "team", "value": "birds"}], 1]
