-- The same in the newer words.
-- source: BigQuery bigqueryml-syntax-ai-generate-embedding.md
-- covers: AI.GENERATE_EMBEDDING on remote_embedding
SELECT * FROM AI.GENERATE_EMBEDDING(MODEL d.embedder, (SELECT 'a text' AS content));
-- columns: embedding ARRAY<FLOAT64>, statistics STRING, status STRING, content STRING
-- rows: 1
