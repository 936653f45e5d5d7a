-- The seasons of every series.
-- source: bigqueryml-syntax-seasonality.md
-- covers: ML.SEASONALITY
SELECT * FROM ML.SEASONALITY(TABLE bqml.trips, data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station']);
-- columns: station STRING, start_date TIMESTAMP, time_series_type STRING, num_trips FLOAT64, yearly FLOAT64, quarterly FLOAT64,
--   monthly FLOAT64, weekly FLOAT64, daily FLOAT64, status STRING
-- rows: 280
