-- What moved a sum.
-- source: BigQuery bigqueryml-syntax-get-insights.md; get-contribution-analysis-insights.md
-- covers: ML.GET_INSIGHTS on contribution_analysis; model contribution_analysis; tutorial 19; option contribution_metric, is_test_col, dimension_id_cols, min_apriori_support of contribution_analysis
CREATE OR REPLACE MODEL d.why OPTIONS (model_type = 'CONTRIBUTION_ANALYSIS', contribution_metric = 'SUM(sold)', dimension_id_cols = ['city', 'kind'], is_test_col = 'later', min_apriori_support = 0.05) AS SELECT city, kind, later, sold FROM d.sales;
SELECT * FROM ML.GET_INSIGHTS(MODEL d.why);
-- columns: city STRING, kind STRING, contributors ARRAY<STRING>, metric_test FLOAT64, metric_control FLOAT64,
-- difference FLOAT64, relative_difference FLOAT64, unexpected_difference FLOAT64,
-- relative_unexpected_difference FLOAT64, apriori_support FLOAT64, contribution FLOAT64
