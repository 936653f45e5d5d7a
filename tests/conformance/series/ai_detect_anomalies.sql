-- Improbable values without a model.
-- source: timesfm-anomaly-detection-tutorial.md
-- covers: AI.DETECT_ANOMALIES; tutorial 22
-- differs: ARIMA_PLUS answers in the place of TimesFM, which is not there
SELECT * FROM AI.DETECT_ANOMALIES((SELECT * FROM bqml.trips WHERE start_date < '2014-05-01'),
  (SELECT station, start_date, IF(start_date = '2014-05-03', 900, num_trips) AS num_trips FROM bqml.trips WHERE start_date BETWEEN '2014-05-01' AND '2014-05-04'),
  data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station'], anomaly_prob_threshold => 0.99)
WHERE is_anomaly ORDER BY station;
-- columns: station STRING, time_series_timestamp TIMESTAMP, time_series_data FLOAT64, is_anomaly BOOL, lower_bound FLOAT64,
--   upper_bound FLOAT64, anomaly_probability FLOAT64, ai_detect_anomalies_status STRING
-- rows:
-- ["Broadway", "2014-05-03T00:00:00+00:00", 900, true, "*", "*", 1, ""]
-- ["Central Park", "2014-05-03T00:00:00+00:00", 900, true, "*", "*", 1, ""]
