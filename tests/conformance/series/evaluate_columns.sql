-- All metrics, one row a series.
-- source: bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on arima_plus
SELECT * FROM ML.EVALUATE(MODEL bqml.trips_by_station,
  (SELECT DATE_ADD(start_date, INTERVAL 140 DAY) AS start_date, station, num_trips FROM bqml.trips), STRUCT(10 AS horizon)) ORDER BY station;
-- columns: station STRING, mean_absolute_error FLOAT64, mean_squared_error FLOAT64, root_mean_squared_error FLOAT64,
--   mean_absolute_percentage_error FLOAT64, symmetric_mean_absolute_percentage_error FLOAT64, mean_absolute_scaled_error FLOAT64
-- rows: 2
