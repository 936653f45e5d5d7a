-- The next steps of every series, under its id.
-- source: arima-multiple-time-series-forecasting-tutorial.md
-- covers: ML.FORECAST on arima_plus; tutorial 8; tutorial 18; option time_series_id_col of arima_plus
SELECT station, COUNT(*) AS steps, MIN(forecast_timestamp) AS first, LOGICAL_AND(prediction_interval_lower_bound < forecast_value) AS inside
FROM ML.FORECAST(MODEL bqml.trips_by_station, STRUCT(10 AS horizon, 0.9 AS confidence_level)) GROUP BY station ORDER BY station;
-- columns: station STRING, steps INT64, first TIMESTAMP, inside BOOL
-- rows:
-- ["Broadway", 10, "2014-05-21T00:00:00+00:00", true]
-- ["Central Park", 10, "2014-05-21T00:00:00+00:00", true]
