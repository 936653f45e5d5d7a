-- A struct with a vector and its status.
-- source: BigQuery bigqueryml-syntax-ai-embed.md; the service answers with the counts of the letters
-- covers: AI.EMBED
SELECT AI.EMBED('a text', endpoint => 'text-embedding-005') AS e;
-- columns: e STRUCT<result ARRAY<FLOAT64>, status STRING>
-- rows:
-- [{"result": [1.125, 0.125, 0.125, 0.125, 1.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 2.125, 0.125, 0.125, 0.125, 1.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125], "status": ""}]
