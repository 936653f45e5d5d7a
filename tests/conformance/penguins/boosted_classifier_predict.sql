-- The prediction, then every column of the data; a model's own order of labels in the probabilities.
-- source: BigQuery bigqueryml-syntax-predict.md; googleapis/python-bigquery-dataframes tests/system/small/ml (live service's shapes)
-- covers: ML.PREDICT on boosted_tree_classifier; option input_label_cols of boosted_tree_classifier
SELECT * FROM ML.PREDICT(MODEL bqml.boosted_classifier, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: predicted_sex STRING, predicted_sex_probs ARRAY<STRUCT<label STRING, prob FLOAT64>>, tag_number INT64,
-- species STRING, island STRING, culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64,
-- body_mass_g FLOAT64, sex STRING
-- rows: 3
