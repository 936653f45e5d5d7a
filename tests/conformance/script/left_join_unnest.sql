-- A row whose array is empty or NULL stays in a LEFT JOIN of its elements, which needs no condition.
-- source: BigQuery query-syntax.md, correlated join; arrays.md
-- covers: script UNNEST
WITH t AS (SELECT 1 AS id, [10, 20] AS list UNION ALL SELECT 2, [] UNION ALL SELECT 3, NULL)
SELECT id, x, place FROM t LEFT JOIN UNNEST(list) AS x WITH OFFSET AS place ORDER BY id, place;
-- columns: id INT64, x INT64, place INT64
-- rows:
-- [1, 10, 0]
-- [1, 20, 1]
-- [2, null, null]
-- [3, null, null]
