-- The first line of older scripts.
-- source: BigQuery enable-disable-sql dialect page
-- covers: script standardSQL
#standardSQL
SELECT 1 AS x;
-- columns: x INT64
-- rows: 
-- [1]
