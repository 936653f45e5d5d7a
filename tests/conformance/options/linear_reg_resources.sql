-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest is recorded.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option description, labels, input_label_cols of linear_reg
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_resources OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['experimental'], kms_key_name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k', description = 'a model', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT a, word, amount FROM o.rows;
SELECT description, labels FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'linear_reg_resources';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>
-- rows:
-- ["a model", [{"key": "team", "value": "x"}]]
