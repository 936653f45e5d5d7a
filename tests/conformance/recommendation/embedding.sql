-- The factors and the intercept of each user and item, without data.
-- source: BigQuery bigqueryml-syntax-generate-embedding.md
-- covers: ML.GENERATE_EMBEDDING on matrix_factorization; syntax EMBEDDING_WITHOUT_DATA
SELECT * FROM ML.GENERATE_EMBEDDING(MODEL bqml.taste);
-- columns: ml_generate_embedding_result ARRAY<FLOAT64>, processed_input STRING, feature STRING
