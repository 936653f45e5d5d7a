-- A vector a text.
-- source: BigQuery bigqueryml-syntax-generate-embedding.md; the service answers with the counts of the letters
-- covers: ML.GENERATE_EMBEDDING on remote_embedding; model remote_embedding; option endpoint of remote_embedding; tutorial 30
SELECT * FROM ML.GENERATE_EMBEDDING(MODEL d.embedder, (SELECT review AS content, id FROM d.reviews), STRUCT(TRUE AS flatten_json_output, 'RETRIEVAL_DOCUMENT' AS task_type)) ORDER BY id;
-- columns: ml_generate_embedding_result ARRAY<FLOAT64>, ml_generate_embedding_statistics STRING,
-- ml_generate_embedding_status STRING, content STRING, id INT64
-- rows:
-- [[1.125, 0.125, 0.125, 1.125, 0.125, 1.125, 1.125, 0.125, 1.125, 0.125, 0.125, 1.125, 1.125, 0.125, 2.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125], "*", "", "a good film", 1]
-- [[1.125, 1.125, 0.125, 1.125, 2.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 1.125, 1.125, 0.125, 0.125, 1.125, 0.125, 0.125, 2.125, 0.125, 0.125, 0.125, 0.125, 0.125], "*", "", "yes, very bad", 2]
