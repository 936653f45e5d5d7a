-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS; the rest of what a cloud keeps of it is taken and recorded.
-- source: BigQuery bigqueryml-syntax-create-contribution-analysis.md, section 2 of the reference
-- covers: option description, labels of contribution_analysis
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, expiration_timestamp of contribution_analysis
CREATE OR REPLACE MODEL c.filed OPTIONS (model_type = 'contribution_analysis', contribution_metric = 'SUM(revenue)', is_test_col = 'is_test', model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['experimental'], kms_key_name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k', description = 'a model', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT * FROM c.revenue;
SELECT description, labels, (SELECT COUNT(*) FROM ML.GET_INSIGHTS(MODEL c.filed)) AS n FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'filed';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, n INT64
-- rows:
-- ["a model", [{"key": "team", "value": "x"}], 21]
