-- The same text falls into the same bucket: FarmHash's fingerprint without its sign, which the example shows.
-- source: BigQuery bigqueryml-syntax-hash-bucketize.md
-- covers: ML.HASH_BUCKETIZE
SELECT f, ML.HASH_BUCKETIZE(f, 3) AS bucket FROM UNNEST(['a', 'b', 'c', 'd']) AS f ORDER BY f;
-- columns: f STRING, bucket INT64
-- rows: 
-- ["a", 0]
-- ["b", 1]
-- ["c", 1]
-- ["d", 2]
