-- What is strange in new data with regressors.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md
-- covers: ML.DETECT_ANOMALIES on arima_plus_xreg; tutorial 13, 14
SELECT * FROM ML.DETECT_ANOMALIES(MODEL d.xreg, STRUCT(0.9 AS anomaly_prob_threshold), (SELECT day, sold, warm FROM d.next_days WHERE shop = 'a'));
-- columns: day TIMESTAMP, sold FLOAT64, is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64,
-- anomaly_probability FLOAT64, warm INT64
-- rows: 5
