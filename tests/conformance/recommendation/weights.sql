-- The factors of users and of items, and the global intercept.
-- source: BigQuery bigqueryml-syntax-weights.md
-- covers: ML.WEIGHTS on matrix_factorization
SELECT * FROM ML.WEIGHTS(MODEL bqml.taste);
-- columns: processed_input STRING, feature STRING, factor_weights ARRAY<STRUCT<factor INT64, weight FLOAT64>>,
-- intercept FLOAT64
