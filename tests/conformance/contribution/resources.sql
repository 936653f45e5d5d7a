-- The options that every model has are taken.
-- source: BigQuery bigqueryml-syntax-create-contribution-analysis.md, section 2 of the reference
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of contribution_analysis
CREATE OR REPLACE MODEL c.filed OPTIONS (model_type = 'contribution_analysis', contribution_metric = 'SUM(revenue)', is_test_col = 'is_test', model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['experimental'], kms_key_name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k', description = 'a model', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT * FROM c.revenue;
SELECT COUNT(*) AS n FROM ML.GET_INSIGHTS(MODEL c.filed);
-- columns: n INT64
-- rows:
-- [21]
