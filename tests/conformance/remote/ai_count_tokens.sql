-- The tokens of a text, as the model that reads it counts them.
-- source: BigQuery bigqueryml-syntax-ai-count-tokens.md
-- covers: AI.COUNT_TOKENS
-- differs: BigQuery estimates with Gemini's tokenizer and asks nobody; here the service is sent the text and says what it has read, the marks around a prompt among it, and the local embedder's word pieces are counted exactly.
SELECT AI.COUNT_TOKENS(review).result AS tokens FROM d.reviews ORDER BY id;
-- columns: tokens INT64
-- rows:
-- [11]
-- [13]
