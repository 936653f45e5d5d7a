-- Every option that is given is taken.
-- source: BigQuery bigqueryml-syntax-create-matrix-factorization.md
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of matrix_factorization; option data_split_method, data_split_eval_fraction, early_stop, min_rel_progress of matrix_factorization
CREATE OR REPLACE MODEL bqml.all_options OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', data_split_method = 'RANDOM', data_split_eval_fraction = 0.2, early_stop = FALSE, min_rel_progress = 0.001, max_iterations = 3, model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'taste', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT visitor, page, duration FROM bqml.stays;
SELECT COUNT(*) AS n FROM ML.RECOMMEND(MODEL bqml.all_options, (SELECT 'v1' AS visitor, 'p7' AS page));
-- columns: n INT64
-- rows: 
-- [1]
