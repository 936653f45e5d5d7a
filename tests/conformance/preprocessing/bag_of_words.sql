-- How often each word is there; the index 0 is for what is unknown and for NULL.
-- source: BigQuery bigqueryml-syntax-bag-of-words.md
-- covers: ML.BAG_OF_WORDS
SELECT f[OFFSET(0)] AS word, ML.BAG_OF_WORDS(f, 32, 1) OVER () AS code FROM (SELECT ['a', 'b', 'b', 'c', 'c'] AS f UNION ALL SELECT ['c', 'c', 'd', 'd', NULL] AS f) ORDER BY 1;
-- columns: word STRING, code ARRAY<STRUCT<index INT64, value FLOAT64>>
-- rows:
-- ["a", [{"index": 1, "value": 1.0}, {"index": 2, "value": 2.0}, {"index": 3, "value": 2.0}]]
-- ["c", [{"index": 0, "value": 1.0}, {"index": 3, "value": 2.0}, {"index": 4, "value": 2.0}]]
