-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option num_principal_components, scale_features, pca_solver, model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of pca
CREATE OR REPLACE MODEL o.pca_count OPTIONS (model_type = 'pca', num_principal_components = 2, scale_features = FALSE, pca_solver = 'RANDOMIZED', model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['experimental'], kms_key_name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k', description = 'a model', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT a, b FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.pca_count, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
