-- The published probabilities of three new days, of a model of a year of visits.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_detect_anomalies, live service
-- tolerance: 21 % as the service's own ARIMA, STL and smoothing are not published, and a probability is of the difference of two numbers that are alike
-- covers: ML.DETECT_ANOMALIES on arima_plus; oracle ARIMA_PLUS; tutorial 14
SELECT is_anomaly, anomaly_probability
FROM ML.DETECT_ANOMALIES(MODEL `bqml.visits_forecast`,
  STRUCT(0.95 AS anomaly_prob_threshold),
  (SELECT * FROM `bqml.new_visits`)) ORDER BY parsed_date;
-- columns: is_anomaly BOOL, anomaly_probability FLOAT64
-- rows:
-- [false, 0.4854592645]
-- [false, 0.3856835]
-- [false, 0.314156]
