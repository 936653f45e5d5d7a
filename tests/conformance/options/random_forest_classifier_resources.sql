-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp, input_label_cols of random_forest_classifier
CREATE OR REPLACE MODEL o.random_forest_classifier_resources OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['experimental'], kms_key_name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k', description = 'a model', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT a, word, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.random_forest_classifier_resources, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
