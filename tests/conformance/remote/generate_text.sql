-- One answer a prompt, with a status a row; then the data.
-- source: BigQuery bigqueryml-syntax-generate-text.md; the service repeats what it is asked
-- covers: ML.GENERATE_TEXT on remote_llm; model remote_llm; option endpoint of remote_llm; statement S9; tutorial 31
SELECT * FROM ML.GENERATE_TEXT(MODEL d.writer, (SELECT CONCAT('Sentiment of ', review) AS prompt, id FROM d.reviews), STRUCT(0.2 AS temperature, 100 AS max_output_tokens, TRUE AS flatten_json_output)) ORDER BY id;
-- columns: ml_generate_text_llm_result STRING, ml_generate_text_rai_result STRING, ml_generate_text_status STRING,
-- prompt STRING, id INT64
-- rows:
-- ["echo: Sentiment of a good film", null, "", "Sentiment of a good film", 1]
-- ["echo: Sentiment of yes, very bad", null, "", "Sentiment of yes, very bad", 2]
