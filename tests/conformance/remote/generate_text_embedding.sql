-- The older name: the same vectors under other column names.
-- source: BigQuery bigqueryml-syntax-generate-text-embedding.md
-- covers: ML.GENERATE_TEXT_EMBEDDING
SELECT content, ml_embed_text_status AS status, ROUND(ML.DISTANCE(text_embedding, ml_generate_embedding_result), 9) AS apart
FROM ML.GENERATE_TEXT_EMBEDDING(MODEL d.embedder, (SELECT 'a text' AS content), STRUCT(TRUE AS flatten_json_output))
JOIN ML.GENERATE_EMBEDDING(MODEL d.embedder, (SELECT 'a text' AS content)) USING (content);
-- columns: content STRING, status STRING, apart FLOAT64
-- rows:
-- ["a text", "", 0.0]
