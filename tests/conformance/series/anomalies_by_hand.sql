-- A value outside the interval is an anomaly, one inside is none, and the probability says so too; a value far off is one.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md: the interval is that of the threshold
-- covers: ML.DETECT_ANOMALIES on arima_plus_xreg; ML.DETECT_ANOMALIES on arima_plus
WITH told AS (
  SELECT 'air' AS of, pm25 AS value, is_anomaly, lower_bound, upper_bound, anomaly_probability
  FROM ML.DETECT_ANOMALIES(MODEL bqml.air_by_county, STRUCT(0.95 AS anomaly_prob_threshold), (SELECT * REPLACE (IF(EXTRACT(DAY FROM date) = 22, pm25 + 300, pm25) AS pm25) FROM bqml.future_air))
  UNION ALL SELECT 'trips', num_trips, is_anomaly, lower_bound, upper_bound, anomaly_probability
  FROM ML.DETECT_ANOMALIES(MODEL bqml.trips_by_station, STRUCT(0.95 AS anomaly_prob_threshold), (SELECT * REPLACE (IF(n = 0, num_trips + 3000, num_trips) AS num_trips) FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY start_date, station) - 1 AS n FROM bqml.trips_later))))
SELECT of, COUNT(*) > 5 AS many, LOGICAL_AND(is_anomaly = (value < lower_bound OR value > upper_bound)) AS bounds, LOGICAL_AND(is_anomaly = (anomaly_probability > 0.95)) AS probable, LOGICAL_OR(is_anomaly AND value > 250) AS far_off
FROM told GROUP BY of ORDER BY of;
-- columns: of STRING, many BOOL, bounds BOOL, probable BOOL, far_off BOOL
-- rows:
-- ["air", true, true, true, true]
-- ["trips", true, true, true, true]
