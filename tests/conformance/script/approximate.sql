-- The most frequent values with their counts, and quantiles.
-- source: BigQuery approximate_aggregate_functions.md
-- covers: syntax APPROX_TOP_COUNT
SELECT APPROX_TOP_COUNT(x, 2) AS top, APPROX_QUANTILES(n, 2) AS quantiles FROM UNNEST([STRUCT('pear' AS x, 1 AS n), ('apple', 2), ('pear', 3), ('pear', 4), ('apple', 5), ('fig', 6)]);
-- columns: top ARRAY<STRUCT<value STRING, count INT64>>, quantiles ARRAY<INT64>
-- rows: 
-- [[{"value": "pear", "count": 3}, {"value": "apple", "count": 2}], "*"]
