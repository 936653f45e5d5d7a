-- The published bounds and probabilities of three new days, of a model of a year of visits.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_detect_anomalies, live service
-- tolerance: 25 % as the service's own ARIMA, STL and smoothing are not published: bounds are off by up to 6 %, probabilities by 21 %
-- covers: ML.DETECT_ANOMALIES on arima_plus; oracle ARIMA_PLUS; tutorial 14
SELECT is_anomaly, lower_bound, upper_bound, anomaly_probability
FROM ML.DETECT_ANOMALIES(MODEL `bqml.visits_forecast`,
  STRUCT(0.95 AS anomaly_prob_threshold),
  (SELECT * FROM `bqml.new_visits`)) ORDER BY parsed_date;
-- columns: is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64, anomaly_probability FLOAT64
-- rows:
-- [false, 2229.930578149852, 3039.6614686381263, 0.4854592645]
-- [false, 2149.645455, 3093.019467, 0.3856835]
-- [false, 1892.873256, 2899.317669, 0.314156]
