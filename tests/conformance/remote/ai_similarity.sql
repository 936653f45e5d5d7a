-- The cosine of two texts.
-- source: BigQuery bigqueryml-syntax-ai-similarity.md
-- covers: AI.SIMILARITY
SELECT AI.SIMILARITY(content1 => 'abc', content2 => 'cba', endpoint => 'text-embedding-005') AS same;
-- columns: same FLOAT64
-- rows: 
-- [1.0]
