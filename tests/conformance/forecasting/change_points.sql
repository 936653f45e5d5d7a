-- The stretches between which a series changes.
-- source: BigQuery bigqueryml-syntax-detect-change-points.md
-- covers: ML.DETECT_CHANGE_POINTS
SELECT * FROM ML.DETECT_CHANGE_POINTS((SELECT day, sold FROM d.daily WHERE shop = 'a'), data_col => 'sold', timestamp_col => 'day');
-- columns: begin_timestamp TIMESTAMP, end_timestamp TIMESTAMP,
-- metrics STRUCT<avg FLOAT64, min FLOAT64, max FLOAT64, stddev FLOAT64, count INT64>, status STRING
