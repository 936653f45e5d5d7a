-- The same without a model.
-- source: BigQuery bigqueryml-syntax-ai-key-drivers.md
-- covers: AI.KEY_DRIVERS
SELECT * FROM AI.KEY_DRIVERS(TABLE d.sales, metric_col => 'sold', dimension_cols => ['city', 'kind'], interest_label_col => 'later');
-- columns: city STRING, kind STRING, drivers ARRAY<STRING>, metric_interest FLOAT64, metric_reference FLOAT64,
-- difference FLOAT64, relative_difference FLOAT64, unexpected_difference FLOAT64,
-- relative_unexpected_difference FLOAT64, apriori_support FLOAT64, contribution FLOAT64
