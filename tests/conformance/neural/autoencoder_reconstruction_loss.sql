-- What is lost of each row, then every column of the data.
-- source: BigQuery bigqueryml-syntax-reconstruction-loss.md
-- covers: ML.RECONSTRUCTION_LOSS on autoencoder
-- needs: torch
SELECT * FROM ML.RECONSTRUCTION_LOSS(MODEL bqml.autoencoder, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- tag_number INT64, species STRING, island STRING,
-- culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64,
-- sex STRING
-- rows: 3
