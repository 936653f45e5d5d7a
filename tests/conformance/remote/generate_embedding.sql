-- A vector a text.
-- source: BigQuery bigqueryml-syntax-generate-embedding.md
-- covers: ML.GENERATE_EMBEDDING on remote_embedding; model remote_embedding; option endpoint of remote_embedding; tutorial 30
SELECT * FROM ML.GENERATE_EMBEDDING(MODEL d.embedder, (SELECT review AS content, id FROM d.reviews), STRUCT(TRUE AS flatten_json_output, 'RETRIEVAL_DOCUMENT' AS task_type)) ORDER BY id;
-- columns: ml_generate_embedding_result ARRAY<FLOAT64>, ml_generate_embedding_statistics STRING,
-- ml_generate_embedding_status STRING, content STRING, id INT64
-- rows: 2
