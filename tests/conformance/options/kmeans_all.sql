-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option num_clusters, kmeans_init_method, distance_type, standardize_features, max_iterations, early_stop, min_rel_progress, warm_start, model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of kmeans
CREATE OR REPLACE MODEL o.kmeans_all OPTIONS (model_type = 'kmeans', num_clusters = 3, kmeans_init_method = 'KMEANS++', distance_type = 'COSINE', standardize_features = FALSE, max_iterations = 5, early_stop = TRUE, min_rel_progress = 0.001, warm_start = FALSE, model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['experimental'], kms_key_name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k', description = 'a model', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT a, b, word FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.kmeans_all, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
