-- Literals are INT64 and FLOAT64, and so are what is made of them.
-- source: BigQuery lexical.md; aggregate_functions.md SUM
-- covers: script NUMBER_TYPES
SELECT 1 AS a, 1.5 AS b, 2000000000 * 2 AS c, SUM(x) AS d, AVG(x) AS e, SUM(x / 2) AS f, COUNT(*) AS g, [1, 2] AS h, STRUCT(1 AS x, 2.5 AS y) AS i, MOD(7, 4) AS j, 7 / 2 AS k, NUMERIC '1.5' AS l FROM UNNEST([1, 2]) AS x;
-- columns: a INT64, b FLOAT64, c INT64, d INT64, e FLOAT64, f FLOAT64, g INT64, h ARRAY<INT64>, i STRUCT<x INT64, y FLOAT64>, j INT64, k FLOAT64, l NUMERIC
-- rows: 
-- [1, 1.5, 4000000000, 3, 1.5, 1.5, 2, [1, 2], {"x": 1, "y": 2.5}, 3, 3.5, 1.5]
