-- What is told of the columns is arithmetic of them.
-- source: MIN, MAX, AVG and STDDEV of the same rows, computed in the query
-- covers: ML.FEATURE_INFO on arima_plus; ML.FEATURE_INFO on arima_plus_xreg
-- tolerance: 1e-9
SELECT i.input, i.min / r.min AS min, i.max / r.max AS max, i.mean / r.mean AS mean, i.stddev / r.stddev AS stddev, i.null_count
FROM (SELECT * FROM ML.FEATURE_INFO(MODEL bqml.trips_by_station) UNION ALL SELECT * FROM ML.FEATURE_INFO(MODEL bqml.air_quality)) AS i
JOIN (SELECT 'num_trips' AS input, MIN(num_trips) AS min, MAX(num_trips) AS max, AVG(num_trips) AS mean, STDDEV(num_trips) AS stddev FROM bqml.trips
  UNION ALL SELECT 'temperature', MIN(temperature), MAX(temperature), AVG(temperature), STDDEV(temperature) FROM bqml.air WHERE county = 'King') AS r
  USING (input) ORDER BY i.input;
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, stddev FLOAT64, null_count INT64
-- rows:
-- ["num_trips", 1, 1, 1, 1, 0]
-- ["temperature", 1, 1, 1, 1, 0]
