-- One query, as a value: no column query.
-- source: BigQuery search_functions.md VECTOR_SEARCH, single query; 0 · 3 + 1 · 4
-- covers: VECTOR_SEARCH; syntax VECTOR_SEARCH_VALUE
SELECT * FROM VECTOR_SEARCH(TABLE v.base, 'place', query_value => [0.0, 1.0], top_k => 1, distance_type => 'DOT_PRODUCT');
-- columns: base STRUCT<id INT64, place ARRAY<FLOAT64>>, distance FLOAT64
-- rows:
-- [{"id": 3, "place": [3.0, 4.0]}, -4.0]
