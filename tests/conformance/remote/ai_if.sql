-- A condition in words, with one argument and in WHERE.
-- source: BigQuery bigqueryml-syntax-ai-if.md; section 6 of the reference
-- covers: AI.IF; syntax AI_IF
SELECT id, AI.IF(review) AS alone FROM d.reviews WHERE AI.IF(('Is it yes? ', review), connection_id => 'us.default');
-- columns: id INT64, alone BOOL
-- rows:
-- [1, false]
-- [2, true]
