-- Users and items are counted, nothing else.
-- source: BigQuery bigqueryml-syntax-feature.md; the table has ten of each
-- covers: ML.FEATURE_INFO on matrix_factorization
SELECT * FROM ML.FEATURE_INFO(MODEL bqml.taste);
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64,
-- category_count INT64, null_count INT64, dimension INT64
-- rows:
-- ["user_id", null, null, null, null, null, 10, null, null]
-- ["item_id", null, null, null, null, null, 10, null, null]
