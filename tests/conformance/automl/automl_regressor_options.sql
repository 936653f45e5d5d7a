-- Options that are given are taken.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of automl_regressor
CREATE OR REPLACE MODEL o.automl_regressor_all OPTIONS (model_type = 'automl_regressor', input_label_cols = ['amount'], model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'a search', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT a, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.automl_regressor_all, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
