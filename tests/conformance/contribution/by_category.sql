-- A sum by category: divided by how many different values another column has.
-- source: BigQuery bigqueryml-syntax-get-insights.md, its formulas done by hand on the table of bigqueryml-syntax-create-contribution-analysis.md
-- covers: model contribution_analysis; ML.GET_INSIGHTS on contribution_analysis
-- tolerance: 1e-6
CREATE OR REPLACE MODEL c.by_category OPTIONS (model_type = 'contribution_analysis', contribution_metric = 'SUM(sales)/COUNT(DISTINCT month)', dimension_id_cols = ['item_id', 'category'], is_test_col = 'is_test') AS SELECT * FROM c.shirts;
SELECT * FROM ML.GET_INSIGHTS(MODEL c.by_category) WHERE item_id IS NULL ORDER BY contributors[OFFSET(0)];
-- columns: item_id INT64, category STRING, contributors ARRAY<STRING>, metric_test FLOAT64, metric_control FLOAT64, difference FLOAT64, relative_difference FLOAT64, metric_test_over_population FLOAT64, metric_control_over_population FLOAT64, apriori_support FLOAT64, contribution FLOAT64
-- rows:
-- [null, null, ["all"], 100.0, 105.0, -5.0, -0.047619048, 1.0, 1.0, 1.0, 5.0]
-- [null, "hats", ["category=hats"], 50.0, 10.0, 40.0, 4.0, 0.5, 0.095238095, 0.166666667, 40.0]
-- [null, "jackets", ["category=jackets"], 100.0, 75.0, 25.0, 0.333333333, 1.0, 0.714285714, 0.357142857, 25.0]
-- [null, "shirts", ["category=shirts"], 150.0, 125.0, 25.0, 0.2, 1.5, 1.19047619, 0.595238095, 25.0]
