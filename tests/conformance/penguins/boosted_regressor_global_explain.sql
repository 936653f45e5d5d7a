-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on boosted_tree_regressor; option enable_global_explain of boosted_tree_regressor
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.boosted_regressor);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
