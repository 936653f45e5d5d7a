-- What was strange in the history.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md
-- covers: ML.DETECT_ANOMALIES on arima_plus; tutorial 14
SELECT * FROM ML.DETECT_ANOMALIES(MODEL d.one, STRUCT(0.9 AS anomaly_prob_threshold));
-- columns: day TIMESTAMP, sold FLOAT64, is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64,
-- anomaly_probability FLOAT64
-- rows: 140
