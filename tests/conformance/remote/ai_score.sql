-- A number for each row.
-- source: BigQuery bigqueryml-syntax-ai-score.md
-- covers: AI.SCORE
SELECT id, AI.SCORE(('How good is ', review)) AS score FROM d.reviews ORDER BY id;
-- columns: id INT64, score FLOAT64
-- rows:
-- [1, 11.5]
-- [2, 12.5]
