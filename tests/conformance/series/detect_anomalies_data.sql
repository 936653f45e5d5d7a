-- What is strange in new data, series by series.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md
-- covers: ML.DETECT_ANOMALIES on arima_plus
SELECT * FROM ML.DETECT_ANOMALIES(MODEL d.two, STRUCT(0.9 AS anomaly_prob_threshold), TABLE d.next_days) ORDER BY shop, day;
-- columns: shop STRING, day TIMESTAMP, sold FLOAT64, is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64,
-- anomaly_probability FLOAT64, warm INT64, region STRING
-- rows: 10
