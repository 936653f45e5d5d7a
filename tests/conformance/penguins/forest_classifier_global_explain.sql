-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on random_forest_classifier; option enable_global_explain of random_forest_classifier
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.forest_classifier);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
