-- A level that doubles in the middle parts a series in two.
-- source: bigqueryml-syntax-detect-change-points.md
-- covers: ML.DETECT_CHANGE_POINTS
SELECT * FROM ML.DETECT_CHANGE_POINTS(
  (SELECT DATE_ADD(DATE '2024-01-01', INTERVAL n DAY) AS day, 100 + IF(n >= 60, 100, 0) + MOD(n * 7919, 5) AS value FROM UNNEST(GENERATE_ARRAY(0, 119)) AS n),
  data_col => 'value', timestamp_col => 'day') ORDER BY begin_timestamp;
-- columns: begin_timestamp TIMESTAMP, end_timestamp TIMESTAMP, metrics STRUCT<avg FLOAT64, min FLOAT64, max FLOAT64, stddev FLOAT64, count INT64>, status STRING
-- rows:
-- ["2024-01-01T00:00:00+00:00", "2024-02-29T00:00:00+00:00", {"avg": 102.0, "min": 100.0, "max": 104.0, "stddev": 1.426148, "count": 60}, ""]
-- ["2024-03-01T00:00:00+00:00", "2024-04-29T00:00:00+00:00", {"avg": 202.0, "min": 200.0, "max": 204.0, "stddev": 1.426148, "count": 60}, ""]
