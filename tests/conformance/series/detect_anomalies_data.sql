-- What is strange in new data, series by series.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md
-- covers: ML.DETECT_ANOMALIES on arima_plus
SELECT * FROM ML.DETECT_ANOMALIES(MODEL bqml.trips_by_station, STRUCT(0.9 AS anomaly_prob_threshold), (SELECT *, 1 AS more FROM bqml.trips_later)) ORDER BY station, start_date;
-- columns: station STRING, start_date TIMESTAMP, num_trips FLOAT64, is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64,
-- anomaly_probability FLOAT64, more INT64
-- rows: 10
