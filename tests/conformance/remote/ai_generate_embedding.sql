-- The same in the newer words.
-- source: BigQuery bigqueryml-syntax-ai-generate-embedding.md; the service answers with the counts of the letters
-- covers: AI.GENERATE_EMBEDDING on remote_embedding
SELECT * FROM AI.GENERATE_EMBEDDING(MODEL d.embedder, (SELECT 'a text' AS content));
-- columns: embedding ARRAY<FLOAT64>, statistics STRING, status STRING, content STRING
-- rows:
-- [[1.125, 0.125, 0.125, 0.125, 1.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 2.125, 0.125, 0.125, 0.125, 1.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125], "*", "", "a text"]
