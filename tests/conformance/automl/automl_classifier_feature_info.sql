-- The columns that it was trained on.
-- source: BigQuery bigqueryml-syntax-feature.md
-- covers: ML.FEATURE_INFO on automl_classifier
SELECT * FROM ML.FEATURE_INFO(MODEL o.automl_classifier);
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64,
-- category_count INT64, null_count INT64, dimension INT64
-- rows: 3
