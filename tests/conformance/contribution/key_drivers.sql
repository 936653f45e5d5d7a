-- The same without a model, pruned unless one asks otherwise.
-- source: BigQuery bigqueryml-syntax-ai-key-drivers.md
-- covers: AI.KEY_DRIVERS
-- tolerance: 1e-6
SELECT * FROM AI.KEY_DRIVERS(TABLE c.revenue, metric_col => 'SUM(revenue)', dimension_cols => ['product', 'store', 'city'], interest_label_col => 'is_test', top_k => 3);
-- columns: product STRING, store STRING, city STRING, drivers ARRAY<STRING>, metric_interest FLOAT64, metric_reference FLOAT64, difference FLOAT64, relative_difference FLOAT64, unexpected_difference FLOAT64, relative_unexpected_difference FLOAT64, apriori_support FLOAT64, contribution FLOAT64
-- rows:
-- ["shoe_1", null, null, ["product=shoe_1"], 300.0, 250.0, 50.0, 0.2, 178.571428571, 1.470588235, 0.779220779, 50.0]
-- ["shoe_1", "store_3", "Sunnyvale", ["product=shoe_1", "store=store_3", "city=Sunnyvale"], 200.0, 150.0, 50.0, 0.333333333, 99.090909091, 0.981981982, 0.519480519, 50.0]
-- [null, null, null, ["all"], 385.0, 425.0, -40.0, -0.094117647, -40.0, -0.094117647, 1.0, 40.0]
