-- The published bounds of three new days, of a model of a year of visits.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_forecasting.py test_arima_plus_detect_anomalies, live service
-- tolerance: 6 % as the service's own ARIMA, STL and smoothing are not published
-- covers: oracle ARIMA_PLUS
-- differs: The service does not publish its own ARIMA, STL and smoothing, so that no digit can be the same: of the visits forecasts are held within 2 %, bounds within 6 %, probabilities within 21 %, and errors, which are a twentieth of the forecasts, within 24 %.
SELECT lower_bound, upper_bound
FROM ML.DETECT_ANOMALIES(MODEL `bqml.visits_forecast`,
  STRUCT(0.95 AS anomaly_prob_threshold),
  (SELECT * FROM `bqml.new_visits`)) ORDER BY parsed_date;
-- columns: lower_bound FLOAT64, upper_bound FLOAT64
-- rows:
-- [2229.930578149852, 3039.6614686381263]
-- [2149.645455, 3093.019467]
-- [1892.873256, 2899.317669]
