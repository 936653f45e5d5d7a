-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest of what a cloud keeps of it is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-autoencoder.md
-- covers: option description, labels of autoencoder
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of autoencoder
-- needs: torch
CREATE OR REPLACE MODEL bqml.autoencoder_kept OPTIONS (model_type='autoencoder', hidden_units=[3, 1, 3], max_iterations=1, model_registry='VERTEX_AI',
  vertex_ai_model_id='penguins', vertex_ai_model_version_aliases=['first'], kms_key_name='a key', description='penguins',
  labels=[('team', 'birds')], expiration_timestamp=TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT description, labels, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.autoencoder_kept)) AS rounds
FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'autoencoder_kept';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, rounds INT64
-- rows:
-- ["penguins", [{"key": "team", "value": "birds"}], 1]
