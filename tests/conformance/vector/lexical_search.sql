-- A search by words beside the one by vectors puts the row with the word in front.
-- source: BigQuery search_functions.md VECTOR_SEARCH (hybrid search, preview)
-- covers: syntax LEXICAL_SEARCH
-- differs: BigQuery's page names no weights; here both orders count 1 / (60 + place), after Cormack et al. 2009, and words are ranked by BM25.
SELECT base.id, distance FROM VECTOR_SEARCH((SELECT 1 AS id, [0.0, 1.0] AS v, 'snow' AS word UNION ALL SELECT 2, [0.0, 2.0], 'rain' UNION ALL SELECT 3, [0.0, 3.0], '봄비가'), 'v', query_value => [0.0, 1.0], lexical_search_columns => ['word'], lexical_search_query_value => '봄비', top_k => 2);
-- columns: id INT64, distance FLOAT64
-- rows:
-- [3, 2.0]
-- [1, 0.0]
