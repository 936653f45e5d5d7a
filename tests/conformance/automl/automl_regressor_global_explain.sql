-- Always there, unasked.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: ML.GLOBAL_EXPLAIN on automl_regressor
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL o.automl_regressor);
-- columns: feature STRING, attribution FLOAT64
-- rows: 3
