-- The place of each element counts from 0.
-- source: BigQuery query-syntax.md UNNEST
-- covers: script UNNEST_STRUCTS
SELECT id, item, place FROM web.carts, UNNEST(items) WITH OFFSET AS place ORDER BY id, place;
-- columns: id INT64, item STRING, place INT64
-- rows: 
-- [1, "pen", 0]
-- [1, "ink", 1]
-- [2, "pen", 0]
