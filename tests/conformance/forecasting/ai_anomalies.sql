-- What is strange in the newest points.
-- source: BigQuery bigqueryml-syntax-ai-detect-anomalies.md; timesfm-anomaly-detection-tutorial.md
-- covers: AI.DETECT_ANOMALIES; tutorial 22
SELECT * FROM AI.DETECT_ANOMALIES(TABLE d.daily, TABLE d.next_days, data_col => 'sold', timestamp_col => 'day', id_cols => ['shop']);
-- columns: shop STRING, time_series_timestamp TIMESTAMP, time_series_data FLOAT64, is_anomaly BOOL,
-- lower_bound FLOAT64, upper_bound FLOAT64, anomaly_probability FLOAT64, ai_detect_anomalies_status STRING
-- rows: 10
