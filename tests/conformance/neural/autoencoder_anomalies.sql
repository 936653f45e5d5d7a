-- Rows that lose more than nine in ten of the training rows.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md
-- covers: ML.DETECT_ANOMALIES on autoencoder
-- needs: torch
SELECT * FROM ML.DETECT_ANOMALIES(MODEL bqml.autoencoder, STRUCT(0.1 AS contamination), TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: is_anomaly BOOL, mean_squared_error FLOAT64,
-- tag_number INT64, species STRING, island STRING,
-- culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64,
-- sex STRING
-- rows: 3
