-- An index for every distinct word of the array.
-- source: BigQuery bigqueryml-syntax-multi-hot-encoder.md
-- covers: ML.MULTI_HOT_ENCODER
SELECT f[OFFSET(0)] AS word, ML.MULTI_HOT_ENCODER(f, 10, 0) OVER () AS code FROM (SELECT ['a', 'b', 'b', NULL, 'c', 'c'] AS f UNION ALL SELECT ['c', 'c', 'd', 'd', NULL] AS f) ORDER BY 1;
-- columns: word STRING, code ARRAY<STRUCT<index INT64, value FLOAT64>>
-- rows:
-- ["a", [{"index": 0, "value": 1.0}, {"index": 1, "value": 1.0}, {"index": 2, "value": 1.0}, {"index": 3, "value": 1.0}]]
-- ["c", [{"index": 0, "value": 1.0}, {"index": 3, "value": 1.0}, {"index": 4, "value": 1.0}]]
