-- The errors of a forecast are the arithmetic of ML.FORECAST's values beside what came.
-- source: the formulas of mean absolute, squared and percentage errors, computed in the query; percentages are in per cent
-- covers: ML.EVALUATE on arima_plus; ML.FORECAST on arima_plus
-- tolerance: 1e-9
WITH beside AS (
  SELECT station, l.num_trips AS came, f.forecast_value AS told, ABS(l.num_trips - f.forecast_value) AS error
  FROM ML.FORECAST(MODEL bqml.trips_by_station, STRUCT(5 AS horizon)) AS f
  JOIN (SELECT station, TIMESTAMP(start_date) AS forecast_timestamp, num_trips FROM bqml.trips_later) AS l USING (station, forecast_timestamp)),
by_hand AS (
  SELECT station, COUNT(*) AS n, AVG(error) AS mae, AVG(error * error) AS mse, AVG(error / ABS(came)) * 100 AS mape,
    AVG(2 * error / (ABS(came) + ABS(told))) * 100 AS smape FROM beside GROUP BY station)
SELECT station, n, mean_absolute_error / mae AS mae, mean_squared_error / mse AS mse, POW(root_mean_squared_error, 2) / mse AS rmse,
  mean_absolute_percentage_error / mape AS mape, symmetric_mean_absolute_percentage_error / smape AS smape
FROM by_hand JOIN ML.EVALUATE(MODEL bqml.trips_by_station, TABLE bqml.trips_later) USING (station) ORDER BY station;
-- columns: station STRING, n INT64, mae FLOAT64, mse FLOAT64, rmse FLOAT64, mape FLOAT64, smape FLOAT64
-- rows:
-- ["Broadway", 5, 1, 1, 1, 1, 1]
-- ["Central Park", 5, 1, 1, 1, 1, 1]
