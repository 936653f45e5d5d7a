-- What moved a ratio of two sums.
-- source: BigQuery bigqueryml-syntax-get-insights.md; get-contribution-analysis-insights-sum-ratio.md
-- covers: ML.GET_INSIGHTS on contribution_analysis; tutorial 20; option contribution_metric of contribution_analysis
CREATE OR REPLACE MODEL d.why_ratio OPTIONS (model_type = 'CONTRIBUTION_ANALYSIS', contribution_metric = 'SUM(sold)/SUM(cost)', dimension_id_cols = ['city', 'kind'], is_test_col = 'later', min_apriori_support = 0) AS SELECT city, kind, later, sold, cost FROM d.sales;
SELECT * FROM ML.GET_INSIGHTS(MODEL d.why_ratio);
-- columns: city STRING, kind STRING, contributors ARRAY<STRING>, metric_test FLOAT64, metric_control FLOAT64,
-- metric_test_over_metric_control FLOAT64, metric_test_over_complement FLOAT64,
-- metric_control_over_complement FLOAT64, aumann_shapley_attribution FLOAT64, apriori_support FLOAT64,
-- contribution FLOAT64
