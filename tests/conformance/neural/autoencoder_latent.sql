-- The latent columns of ML.PREDICT are the embedding, under either name of the function, and rows differ in them.
-- source: BigQuery bigqueryml-syntax-generate-embedding.md: the embedding is the output of the middle layer
-- covers: model autoencoder; ML.PREDICT, ML.GENERATE_EMBEDDING, AI.GENERATE_EMBEDDING on autoencoder
-- needs: torch
SELECT COUNT(*) AS penguins, MAX(ABS(latent_col_1 - m.ml_generate_embedding_result[OFFSET(0)]) + ABS(latent_col_2 - m.ml_generate_embedding_result[OFFSET(1)])) < 1e-9 AS ml,
  MAX(ABS(latent_col_1 - a.embedding[OFFSET(0)]) + ABS(latent_col_2 - a.embedding[OFFSET(1)])) < 1e-9 AS ai, COUNT(DISTINCT latent_col_1) AS different
FROM ML.PREDICT(MODEL bqml.autoencoder, TABLE bqml.new_penguins) AS p
JOIN ML.GENERATE_EMBEDDING(MODEL bqml.autoencoder, TABLE bqml.new_penguins) AS m USING (tag_number) JOIN AI.GENERATE_EMBEDDING(MODEL bqml.autoencoder, TABLE bqml.new_penguins) AS a USING (tag_number);
-- columns: penguins INT64, ml BOOL, ai BOOL, different INT64
-- rows:
-- [3, true, true, 3]
