-- The prediction, then every column of the data.
-- source: BigQuery bigqueryml-syntax-predict.md
-- covers: ML.PREDICT on dnn_regressor; model dnn_regressor
-- needs: torch
SELECT * FROM ML.PREDICT(MODEL bqml.deep_regressor, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: predicted_body_mass_g FLOAT64,
-- tag_number INT64, species STRING, island STRING,
-- culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64,
-- sex STRING
-- rows: 3
