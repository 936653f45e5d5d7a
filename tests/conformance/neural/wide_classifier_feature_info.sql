-- The columns that the model was trained on, with their spread.
-- source: BigQuery bigqueryml-syntax-feature.md
-- covers: ML.FEATURE_INFO on dnn_linear_combined_classifier
-- needs: torch
SELECT * FROM ML.FEATURE_INFO(MODEL bqml.wide_classifier) ORDER BY input;
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64,
-- category_count INT64, null_count INT64, dimension INT64
-- rows: 6
