-- The nearest texts to a text.
-- source: BigQuery bigqueryml-syntax-ai-search.md; the same text is nearest, and not away at all
-- covers: AI.SEARCH
SELECT base.id, distance FROM AI.SEARCH(TABLE d.reviews, 'review', 'a good film', top_k => 1);
-- columns: id INT64, distance FLOAT64
-- rows:
-- [1, 0.00000]
