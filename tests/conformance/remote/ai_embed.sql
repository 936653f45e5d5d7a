-- A struct with a vector and its status.
-- source: BigQuery bigqueryml-syntax-ai-embed.md
-- covers: AI.EMBED
SELECT AI.EMBED('a text', endpoint => 'text-embedding-005') AS e;
-- columns: e STRUCT<result ARRAY<FLOAT64>, status STRING>
-- rows: 1
