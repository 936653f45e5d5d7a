-- The trend of a series.
-- source: BigQuery bigqueryml-syntax-trend.md
-- covers: ML.TREND
SELECT * FROM ML.TREND((SELECT day, sold FROM d.daily WHERE shop = 'a'), data_col => 'sold', timestamp_col => 'day');
-- columns: day TIMESTAMP, time_series_type STRING, sold FLOAT64, trend FLOAT64, status STRING
-- rows: 140
