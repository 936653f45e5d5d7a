-- The same in the newer words.
-- source: BigQuery bigqueryml-syntax-ai-generate-embedding.md
-- covers: AI.GENERATE_EMBEDDING on matrix_factorization; syntax EMBEDDING_WITHOUT_DATA
SELECT * FROM AI.GENERATE_EMBEDDING(MODEL bqml.taste);
-- columns: embedding ARRAY<FLOAT64>, processed_input STRING, feature STRING
