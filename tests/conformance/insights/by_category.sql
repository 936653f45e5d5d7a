-- What moved a sum for each of a kind.
-- source: BigQuery bigqueryml-syntax-get-insights.md
-- covers: ML.GET_INSIGHTS on contribution_analysis; option contribution_metric of contribution_analysis
CREATE OR REPLACE MODEL d.why_each OPTIONS (model_type = 'CONTRIBUTION_ANALYSIS', contribution_metric = 'SUM(sold)/COUNT(DISTINCT customer)', dimension_id_cols = ['city'], is_test_col = 'later') AS SELECT city, customer, later, sold FROM d.sales;
SELECT * FROM ML.GET_INSIGHTS(MODEL d.why_each);
-- columns: city STRING, contributors ARRAY<STRING>, metric_test FLOAT64, metric_control FLOAT64, difference FLOAT64,
-- relative_difference FLOAT64, metric_test_over_population FLOAT64, metric_control_over_population FLOAT64,
-- apriori_support FLOAT64, contribution FLOAT64
