-- The errors are arithmetic of the forecasts.
-- source: the formulas of scikit-learn's metrics, computed in the query from AI.FORECAST
-- covers: AI.EVALUATE; AI.FORECAST
-- differs: ARIMA_PLUS answers in the place of TimesFM, which is not there
-- tolerance: 1e-6
WITH told AS (
  SELECT t.station, t.num_trips AS wanted, f.forecast_value AS given
  FROM AI.FORECAST((SELECT * FROM bqml.trips WHERE start_date < '2014-05-01'), data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station'], horizon => 20) AS f
  JOIN bqml.trips AS t ON t.station = f.station AND DATE(t.start_date) = DATE(f.forecast_timestamp)),
h AS (SELECT station, COUNT(*) AS n, AVG(ABS(wanted - given)) AS mae, AVG(POW(wanted - given, 2)) AS mse, 100 * AVG(ABS((wanted - given) / wanted)) AS mape FROM told GROUP BY station)
SELECT station, n, e.mean_absolute_error / mae AS mae, e.mean_squared_error / mse AS mse, e.root_mean_squared_error / SQRT(mse) AS rmse, e.mean_absolute_percentage_error / mape AS mape
FROM AI.EVALUATE((SELECT * FROM bqml.trips WHERE start_date < '2014-05-01'), (SELECT * FROM bqml.trips WHERE start_date >= '2014-05-01'), data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station']) AS e
JOIN h USING (station) ORDER BY station;
-- columns: station STRING, n INT64, mae FLOAT64, mse FLOAT64, rmse FLOAT64, mape FLOAT64
-- rows:
-- ["Broadway", 20, 1, 1, 1, 1]
-- ["Central Park", 20, 1, 1, 1, 1]
