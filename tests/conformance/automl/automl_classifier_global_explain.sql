-- Always there, unasked.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on automl_classifier
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL o.automl_classifier);
-- columns: feature STRING, attribution FLOAT64
-- rows: 3
