-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest of what a cloud keeps of it is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-transform.md
-- covers: option description, labels of transform_only
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of transform_only
CREATE OR REPLACE MODEL shop.recorded TRANSFORM (ML.MIN_MAX_SCALER(price) OVER () AS scaled) OPTIONS (model_type = 'TRANSFORM_ONLY', model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'prepared', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT price FROM shop.sales;
SELECT description, labels, (SELECT scaled FROM ML.TRANSFORM(MODEL shop.recorded, (SELECT 3 AS price))) AS scaled
FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'recorded';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, scaled FLOAT64
-- rows: 
-- ["prepared", [{"key": "team", "value": "x"}], 0.5]
