-- Truths and numbers.
-- source: BigQuery bigqueryml-syntax-ai-generate-bool.md, -int.md, -double.md
-- covers: AI.GENERATE_BOOL, AI.GENERATE_INT, AI.GENERATE_DOUBLE
SELECT AI.GENERATE_BOOL('yes').result AS b, AI.GENERATE_INT('abc').result AS i, AI.GENERATE_DOUBLE('abc').result AS d;
-- columns: b BOOL, i INT64, d FLOAT64
-- rows: 
-- [true, 3, 1.5]
