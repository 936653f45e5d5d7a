-- What is recorded for BigQuery's sake is taken.
-- source: BigQuery bigqueryml-syntax-create-transform.md
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of transform_only
CREATE OR REPLACE MODEL shop.recorded TRANSFORM (ML.MIN_MAX_SCALER(price) OVER () AS scaled) OPTIONS (model_type = 'TRANSFORM_ONLY', model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'prepared', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT price FROM shop.sales;
SELECT scaled FROM ML.TRANSFORM(MODEL shop.recorded, (SELECT 3 AS price));
-- columns: scaled FLOAT64
-- rows: 
-- [0.5]
