-- The columns that it was trained on.
-- source: BigQuery bigqueryml-syntax-feature.md; the values by NumPy
-- covers: ML.FEATURE_INFO on automl_regressor
SELECT * FROM ML.FEATURE_INFO(MODEL o.automl_regressor);
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64,
-- category_count INT64, null_count INT64, dimension INT64
-- rows:
-- ["a", 0.0, 100.0, 50.078333, 50.0, 29.152908, null, 0, null]
-- ["b", 0.0, 9.6, 4.792333, 4.8, 2.799876, null, 0, null]
-- ["word", null, null, null, null, null, 5, 0, null]
