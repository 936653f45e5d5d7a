-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on dnn_classifier; option enable_global_explain of dnn_classifier
-- needs: torch
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.deep_classifier);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
