-- A struct with the answer and its status.
-- source: BigQuery bigqueryml-syntax-ai-generate.md; the service repeats what it is asked, and gives its length for a whole number
-- covers: AI.GENERATE
SELECT AI.GENERATE(('Say ', review)) AS answer, AI.GENERATE('b c', output_schema => 'x STRING, n INT64').n AS n FROM d.reviews ORDER BY id;
-- columns: answer STRUCT<result STRING, full_response STRING, status STRING>, n INT64
-- rows:
-- [{"result": "echo: Say a good film", "full_response": "*", "status": ""}, 3]
-- [{"result": "echo: Say yes, very bad", "full_response": "*", "status": ""}, 3]
