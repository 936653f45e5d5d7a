-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest of what a cloud keeps of it is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- covers: option description, labels of automl_regressor
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of automl_regressor
CREATE OR REPLACE MODEL o.automl_regressor_all OPTIONS (model_type = 'automl_regressor', max_candidates = 1, input_label_cols = ['amount'], model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'a search', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT a, amount FROM o.rows;
SELECT description, labels, (SELECT COUNT(*) FROM ML.PREDICT(MODEL o.automl_regressor_all, TABLE o.rows)) AS n
FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'automl_regressor_all';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, n INT64
-- rows: 
-- ["a search", [{"key": "team", "value": "x"}], 600]
