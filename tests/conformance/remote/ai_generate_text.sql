-- The same in the newer words.
-- source: BigQuery bigqueryml-syntax-ai-generate-text.md; generate-text-tutorial-gemini.md; the service repeats what it is asked
-- covers: AI.GENERATE_TEXT on remote_llm; tutorial 31
SELECT * FROM AI.GENERATE_TEXT(MODEL d.writer, (SELECT 'Hello' AS prompt));
-- columns: result STRING, rai_result STRING, grounding_result STRING, statistics STRING, full_response STRING,
-- status STRING, prompt STRING
-- rows:
-- ["echo: Hello", null, null, "*", "*", "", "Hello"]
