-- Columns by a schema.
-- source: BigQuery bigqueryml-syntax-ai-generate-table.md; the service answers by the schema: the last word, the length, whether there is a yes
-- covers: AI.GENERATE_TABLE on remote_llm
SELECT * FROM AI.GENERATE_TABLE(MODEL d.writer, (SELECT 'yes to Seoul' AS prompt), STRUCT('city STRING, n INT64, ok BOOL' AS output_schema));
-- columns: city STRING, n INT64, ok BOOL, full_response STRING, status STRING, prompt STRING
-- rows:
-- ["Seoul", 12, true, "*", "", "yes to Seoul"]
