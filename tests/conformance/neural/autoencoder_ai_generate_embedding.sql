-- The latent columns as one vector, then every column of the data.
-- source: BigQuery bigqueryml-syntax-ai-generate-embedding.md
-- covers: AI.GENERATE_EMBEDDING on autoencoder
-- needs: torch
SELECT * FROM AI.GENERATE_EMBEDDING(MODEL bqml.autoencoder, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: embedding ARRAY<FLOAT64>,
-- tag_number INT64, species STRING, island STRING,
-- culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64,
-- sex STRING
-- rows: 3
