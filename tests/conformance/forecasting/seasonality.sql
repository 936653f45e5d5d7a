-- The seasons of a series.
-- source: BigQuery bigqueryml-syntax-seasonality.md
-- covers: ML.SEASONALITY
SELECT * FROM ML.SEASONALITY((SELECT day, sold FROM d.daily WHERE shop = 'a'), data_col => 'sold', timestamp_col => 'day');
-- columns: day TIMESTAMP, time_series_type STRING, sold FLOAT64, yearly FLOAT64, quarterly FLOAT64, monthly FLOAT64,
-- weekly FLOAT64, daily FLOAT64, status STRING
-- rows: 140
