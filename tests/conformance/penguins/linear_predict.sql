-- The published predictions, in the shape of ML.PREDICT: the prediction, then every column of the data.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_linear_model.py test_linear_reg_model_predict, live service; recomputed
-- covers: ML.PREDICT on linear_reg; resolution predicted_label_type
SELECT * FROM ML.PREDICT(MODEL `bqml.linear`, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: predicted_body_mass_g FLOAT64, tag_number INT64, species STRING, island STRING, culmen_length_mm FLOAT64,
-- culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64, sex STRING
-- rows:
-- [4030.066, 1633, "Adelie Penguin (Pygoscelis adeliae)", "Torgersen", 39.5, 18.8, 196.0, 3750.0, "MALE"]
-- [3280.806, 1672, "Adelie Penguin (Pygoscelis adeliae)", "Torgersen", 38.5, 17.2, 181.0, 5200.0, "FEMALE"]
-- [3177.903, 1690, "Chinstrap penguin (Pygoscelis antarctica)", "Dream", 37.9, 18.1, 188.0, 3325.0, "FEMALE"]
