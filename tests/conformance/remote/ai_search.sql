-- The nearest texts to a text.
-- source: BigQuery bigqueryml-syntax-ai-search.md
-- covers: AI.SEARCH
SELECT base.id, distance FROM AI.SEARCH(TABLE d.reviews, 'review', 'good', top_k => 1);
-- columns: id INT64, distance FLOAT64
