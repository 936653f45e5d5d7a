-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on random_forest_regressor; option enable_global_explain of random_forest_regressor
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.forest_regressor);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
