-- The single change comes first, with the numbers of arithmetic.
-- source: by arithmetic: 410 of 230 sold before
-- covers: ML.GET_INSIGHTS on contribution_analysis; option top_k_insights_by_apriori_support, pruning_method, model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of contribution_analysis
CREATE OR REPLACE MODEL d.why_top OPTIONS (model_type = 'CONTRIBUTION_ANALYSIS', contribution_metric = 'SUM(sold)', dimension_id_cols = ['city', 'kind'], is_test_col = 'later', top_k_insights_by_apriori_support = 20, pruning_method = 'PRUNE_REDUNDANT_INSIGHTS', model_registry = 'VERTEX_AI', vertex_ai_model_id = 'm', vertex_ai_model_version_aliases = ['a'], kms_key_name = 'k', description = 'why', labels = [('team', 'x')], expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC') AS SELECT city, kind, later, sold FROM d.sales;
SELECT metric_test, metric_control, difference, relative_difference FROM ML.GET_INSIGHTS(MODEL d.why_top) WHERE city = 'Busan' AND kind = 'tea';
-- columns: metric_test FLOAT64, metric_control FLOAT64, difference FLOAT64, relative_difference FLOAT64
-- rows: 
-- [410.0, 210.0, 200.0, 0.952381]
