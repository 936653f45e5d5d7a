-- The columns that the model was trained on, with their spread.
-- source: BigQuery bigqueryml-syntax-feature.md; the values by plain SQL over the training rows
-- covers: ML.FEATURE_INFO on random_forest_regressor
SELECT * FROM ML.FEATURE_INFO(MODEL bqml.forest_regressor) WHERE input IN ('culmen_depth_mm', 'sex') ORDER BY input;
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64,
-- category_count INT64, null_count INT64, dimension INT64
-- rows:
-- ["culmen_depth_mm", 13.1, 21.5, 17.15117, 17.3, 1.974793, null, 0, null]
-- ["sex", null, null, null, null, null, 3, 8, null]
