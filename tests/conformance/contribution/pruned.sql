-- So many insights as are asked for, and of those over the same rows only the most telling.
-- source: BigQuery bigqueryml-syntax-create-contribution-analysis.md PRUNING_METHOD, TOP_K_INSIGHTS_BY_APRIORI_SUPPORT
-- covers: option top_k_insights_by_apriori_support, pruning_method of contribution_analysis
CREATE OR REPLACE MODEL c.pruned OPTIONS (model_type = 'contribution_analysis', contribution_metric = 'SUM(revenue)', is_test_col = 'is_test', top_k_insights_by_apriori_support = 4, pruning_method = 'PRUNE_REDUNDANT_INSIGHTS') AS SELECT * FROM c.revenue;
SELECT contributors, difference FROM ML.GET_INSIGHTS(MODEL c.pruned);
-- columns: contributors ARRAY<STRING>, difference FLOAT64
-- rows:
-- [["product=shoe_2", "store=store_1", "city=San Francisco"], -90.0]
-- [["product=shoe_1"], 50.0]
-- [["product=shoe_1", "store=store_3", "city=Sunnyvale"], 50.0]
-- [["all"], -40.0]
