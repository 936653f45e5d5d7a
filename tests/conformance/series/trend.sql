-- The trend of every series, two days ahead.
-- source: bigqueryml-syntax-trend.md
-- covers: ML.TREND
SELECT * FROM ML.TREND(TABLE bqml.trips, data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station'],
  horizon => 2, smoothing_window_size => 7, adjust_step_changes => TRUE);
-- columns: station STRING, start_date TIMESTAMP, time_series_type STRING, num_trips FLOAT64, trend FLOAT64, status STRING
-- rows: 284
