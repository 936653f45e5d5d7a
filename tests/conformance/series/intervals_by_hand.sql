-- An interval reaches as many standard errors to both sides as the normal distribution has it; it grows with the way ahead.
-- source: the quantiles 0.9 and 0.975 of the normal distribution, 1.2815516 and 1.9599640 (scipy.stats.norm.ppf)
-- covers: ML.FORECAST on arima_plus; ML.FORECAST on arima_plus_xreg
-- tolerance: 1e-6
WITH steps AS (
  SELECT 'visits' AS of, forecast_timestamp AS at, forecast_value AS value, standard_error AS error, prediction_interval_lower_bound AS low,
    prediction_interval_upper_bound AS high FROM ML.FORECAST(MODEL `bqml.visits_forecast`, STRUCT(10 AS horizon, 0.8 AS confidence_level))
  UNION ALL
  SELECT 'air', forecast_timestamp, forecast_value, standard_error, prediction_interval_lower_bound, prediction_interval_upper_bound
  FROM ML.FORECAST(MODEL bqml.air_quality, STRUCT(10 AS horizon, 0.95 AS confidence_level), (SELECT * FROM bqml.future_air WHERE county = 'King')))
SELECT of, MIN((value - low) / error) AS least_below, MAX((high - value) / error) AS most_above,
  ARRAY_AGG(error ORDER BY at)[OFFSET(0)] <= ARRAY_AGG(error ORDER BY at)[OFFSET(9)] AS grows FROM steps GROUP BY of ORDER BY of;
-- columns: of STRING, least_below FLOAT64, most_above FLOAT64, grows BOOL
-- rows:
-- ["air", 1.9599640, 1.9599640, true]
-- ["visits", 1.2815516, 1.2815516, true]
