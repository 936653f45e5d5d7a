-- A ratio of two sums: its shares of the change add up, by Aumann and Shapley.
-- source: BigQuery bigqueryml-syntax-get-insights.md, its formulas done by hand; the attribution is the integral along the straight line from control to test
-- covers: model contribution_analysis; ML.GET_INSIGHTS on contribution_analysis; tutorial 20
-- tolerance: 1e-6
CREATE OR REPLACE MODEL c.ratios OPTIONS (model_type = 'contribution_analysis', contribution_metric = 'sum(cost)/sum(clicks)', dimension_id_cols = ['browser', 'device'], is_test_col = 'is_test', min_apriori_support = 0.05) AS SELECT * FROM c.clicks;
SELECT * FROM ML.GET_INSIGHTS(MODEL c.ratios) WHERE device IS NULL ORDER BY contributors[OFFSET(0)];
-- columns: browser STRING, device STRING, contributors ARRAY<STRING>, metric_test FLOAT64, metric_control FLOAT64, metric_test_over_metric_control FLOAT64, metric_test_over_complement FLOAT64, metric_control_over_complement FLOAT64, aumann_shapley_attribution FLOAT64, apriori_support FLOAT64, contribution FLOAT64
-- rows:
-- [null, null, ["all"], 5.625, 3.333333333, 1.6875, null, null, 2.291666667, 1.0, 2.291666667]
-- ["Chrome", null, ["browser=Chrome"], 3.333333333, 2.5, 1.333333333, 0.476190476, 0.25, 0.754293144, 0.666666667, 0.754293144]
-- ["Edge", null, ["browser=Edge"], 6.25, null, null, 1.25, null, 1.092571316, 0.555555556, 1.092571316]
-- ["Firefox", null, ["browser=Firefox"], 10.0, 10.0, 1.0, 2.0, 4.0, 0.444802206, 0.333333333, 0.444802206]
