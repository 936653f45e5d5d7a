-- A value on a split falls to its right.
-- source: BigQuery bigqueryml-syntax-bucketize.md
-- covers: ML.BUCKETIZE
SELECT ML.BUCKETIZE(2.5, [1, 2, 3]) AS bucket, ML.BUCKETIZE(2.5, [1, 2, 3], TRUE) AS inner_bucket, ML.BUCKETIZE(2.5, [1, 2, 3], FALSE, 'bucket_ranges') AS range_, ML.BUCKETIZE(2.5, [1, 2, 3], FALSE, 'bucket_ranges_json') AS json_, ML.BUCKETIZE(NULL, [1, 2]) AS nothing;
-- columns: bucket STRING, inner_bucket STRING, range_ STRING, json_ STRING, nothing STRING
-- rows: 
-- ["bin_3", "bin_2", "[2, 3)", "{\"start\": \"2\", \"end\": \"3\"}", null]
