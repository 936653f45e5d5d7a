-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on dnn_regressor; option enable_global_explain of dnn_regressor
-- needs: torch
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.deep_regressor);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
