-- The columns of a search of many queries.
-- source: BigQuery search_functions.md VECTOR_SEARCH
-- covers: VECTOR_SEARCH
SELECT * FROM VECTOR_SEARCH(TABLE v.base, 'place', (SELECT * FROM v.asked), distance_type => 'COSINE', options => '{"use_brute_force":true}');
-- columns: query STRUCT<name STRING, place ARRAY<FLOAT64>>, base STRUCT<id INT64, place ARRAY<FLOAT64>>,
-- distance FLOAT64
-- rows: 3
