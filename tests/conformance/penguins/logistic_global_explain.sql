-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on logistic_reg; option enable_global_explain of logistic_reg
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.logistic);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
