-- The features by what they add, the greatest first.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on dnn_linear_combined_classifier; option enable_global_explain of dnn_linear_combined_classifier
-- needs: torch
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.wide_classifier);
-- columns: feature STRING, attribution FLOAT64
-- rows: 6
