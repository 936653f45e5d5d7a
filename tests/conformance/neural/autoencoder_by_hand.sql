-- The losses of the model are the means of those of its rows, and anomalies the rows that lose most.
-- source: means computed in the query from ML.RECONSTRUCTION_LOSS
-- covers: ML.EVALUATE on autoencoder; ML.RECONSTRUCTION_LOSS on autoencoder; ML.DETECT_ANOMALIES on autoencoder
-- tolerance: 1e-6
-- needs: torch
WITH lost AS (SELECT * FROM ML.RECONSTRUCTION_LOSS(MODEL bqml.autoencoder, TABLE bqml.penguins)),
means AS (SELECT AVG(mean_absolute_error) AS mae, AVG(mean_squared_error) AS mse, AVG(mean_squared_log_error) AS msle, COUNT(*) AS n FROM lost),
strange AS (SELECT COUNTIF(is_anomaly) AS found, MIN(IF(is_anomaly, mean_squared_error, NULL)) > MAX(IF(is_anomaly, NULL, mean_squared_error)) AS worst
  FROM ML.DETECT_ANOMALIES(MODEL bqml.autoencoder, STRUCT(0.1 AS contamination), TABLE bqml.penguins))
SELECT e.mean_absolute_error / mae AS mae, e.mean_squared_error / mse AS mse, e.mean_squared_log_error / msle AS msle, worst,
  ABS(found - 0.1 * n) <= 1 AS a_tenth
FROM ML.EVALUATE(MODEL bqml.autoencoder) AS e CROSS JOIN means CROSS JOIN strange;
-- columns: mae FLOAT64, mse FLOAT64, msle FLOAT64, worst BOOL, a_tenth BOOL
-- rows:
-- [1, 1, 1, true, true]
