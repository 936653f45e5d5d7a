-- A place in an array may be computed; OFFSET counts from 0, ORDINAL from 1, and SAFE_ gives NULL beyond the end.
-- source: BigQuery operators.md, array subscript operator
-- covers: script UNNEST
SELECT g, a[OFFSET(g - 1)] AS counted, a[ORDINAL(g)] AS numbered, a[SAFE_OFFSET(g + 1)] AS safe, a[OFFSET(ARRAY_LENGTH(a) - 1)] AS last
FROM (SELECT [10, 20, 30] AS a), UNNEST([1, 2]) AS g ORDER BY g;
-- columns: g INT64, counted INT64, numbered INT64, safe INT64, last INT64
-- rows:
-- [1, 10, 10, 30, 30]
-- [2, 20, 20, null, 30]
