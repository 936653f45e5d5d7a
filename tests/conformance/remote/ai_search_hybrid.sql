-- By meaning and by words: the text with the word stands in front of the one whose letters are as near.
-- source: BigQuery bigqueryml-syntax-ai-search.md (mode)
-- covers: syntax HYBRID_SEARCH
-- differs: BigQuery's page names no weights; here both orders count 1 / (60 + place), after Cormack et al. 2009, and words are ranked by BM25.
SELECT base.text FROM AI.SEARCH((SELECT text FROM UNNEST(['an act', 'a cat', 'a dog']) AS text), 'text', 'cat', mode => 'HYBRID', top_k => 1);
-- columns: text STRING
-- rows:
-- ["a cat"]
