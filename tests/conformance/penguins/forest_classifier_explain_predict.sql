-- The columns of an explanation, then those of the data.
-- source: BigQuery bigqueryml-syntax-explain-predict.md; googleapis/python-bigquery-dataframes tests/system/small/ml (live service's shapes)
-- covers: ML.EXPLAIN_PREDICT on random_forest_classifier
SELECT * FROM ML.EXPLAIN_PREDICT(MODEL bqml.forest_classifier, TABLE bqml.new_penguins, STRUCT(2 AS top_k_features)) ORDER BY tag_number;
-- columns: predicted_sex STRING, probability FLOAT64,
-- top_feature_attributions ARRAY<STRUCT<feature STRING, attribution FLOAT64>>, baseline_prediction_value FLOAT64,
-- prediction_value FLOAT64, approximation_error FLOAT64, tag_number INT64, species STRING, island STRING,
-- culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64, sex STRING
-- rows: 3
