-- Without data the history is searched.
-- source: bigqueryml-syntax-detect-anomalies.md; time-series-anomaly-detection-tutorial.md
-- covers: ML.DETECT_ANOMALIES on arima_plus
-- accepts: option decompose_time_series of arima_plus
SELECT * FROM ML.DETECT_ANOMALIES(MODEL `bqml.visits_forecast`, STRUCT(0.8 AS anomaly_prob_threshold));
-- columns: parsed_date TIMESTAMP, total_visits FLOAT64, is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64, anomaly_probability FLOAT64
-- rows: 366
