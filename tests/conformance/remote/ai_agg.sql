-- One answer for all texts of a group, each different one read once.
-- source: BigQuery bigqueryml-syntax-ai-agg.md
-- covers: AI.AGG
-- differs: BigQuery splits a large group up in ways of its own; here the answers to parts of 12,000 letters are put together by the same model.
SELECT AI.AGG(DISTINCT word, 'Say them:') AS said, COUNT(*) AS n FROM UNNEST(['ab', 'cd', 'ab', NULL]) AS word;
-- columns: said STRING, n INT64
-- rows:
-- ["echo: Say them:\n\nAnswer once, for all of these texts.\n\nText 1:\nab\n\nText 2:\ncd", 4]
