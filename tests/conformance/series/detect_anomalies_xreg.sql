-- New days of several counties, with their regressors; other columns pass.
-- source: time-series-anomaly-detection-tutorial.md
-- covers: ML.DETECT_ANOMALIES on arima_plus_xreg; tutorial 13; tutorial 14
SELECT * FROM ML.DETECT_ANOMALIES(MODEL bqml.air_by_county, STRUCT(0.95 AS anomaly_prob_threshold), TABLE bqml.future_air);
-- columns: county STRING, date TIMESTAMP, pm25 FLOAT64, is_anomaly BOOL, lower_bound FLOAT64, upper_bound FLOAT64,
--   anomaly_probability FLOAT64, wind_speed FLOAT64, temperature FLOAT64
-- rows: 20
